// The format page and the restorer, as they were when this program was built: every repository carries a copy.
#pragma once
#include <stddef.h>

const unsigned char *sh_format_page_bytes(void);
const unsigned char *sh_restorer_bytes(void);
extern const size_t sh_format_page_size;
extern const size_t sh_restorer_size;

#include "CSpecification.h"

#pragma clang diagnostic ignored "-Wc23-extensions"

static const unsigned char format_page[] = {
#embed "../../docs/format.md"
};
static const unsigned char restorer[] = {
#embed "../../tools/restorer/restore.py"
};
const unsigned char *sh_format_page_bytes(void) { return format_page; }
const unsigned char *sh_restorer_bytes(void) { return restorer; }
const size_t sh_format_page_size = sizeof format_page;
const size_t sh_restorer_size = sizeof restorer;

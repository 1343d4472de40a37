// The checksum of a page of a PostgreSQL server's: FNV-1a in 32 lanes, as its storage/checksum_impl.h describes it.
#pragma once
#include <stddef.h>
#include <stdint.h>

// `page` holds `size` bytes, a multiple of 128; `block` is its number in its relation. What the header says is not looked at.
uint16_t sh_page_checksum(const void *page, size_t size, uint32_t block);

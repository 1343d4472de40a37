#ifndef CSHA256_H
#define CSHA256_H

#include <stddef.h>
#include <stdint.h>

/* The compression function of SHA-256 (FIPS 180-4, 6.2.2) by the processor's SHA instructions, over one stream or over two at once.
   Padding, lengths and the initial values are the caller's. `state` is the eight words H0 to H7. */

/* 1 where the processor has the instructions. The functions below must not be called elsewhere. */
int sh_sha256_usable(void);

void sh_sha256_blocks(uint32_t state[8], const void *bytes, size_t blocks);

/* As many blocks of 64 bytes of each of two streams. */
void sh_sha256_blocks_of_two(uint32_t first_state[8], const void *first, uint32_t second_state[8], const void *second, size_t blocks);

#endif

#include "CPostgresPage.h"
#include <string.h>

enum { LANES = 32, PRIME = 16777619, CHECKSUM_WORD = 2 };

// What each lane begins with: random numbers that the server's authors drew once.
static const uint32_t bases[LANES] = {
    0x5B1F36E9, 0xB8525960, 0x02AB50AA, 0x1DE66D2A, 0x79FF467A, 0x9BB9F8A3, 0x217E7CD2, 0x83E13D2C,
    0xF8D4474F, 0xE39EB970, 0x42C6AE16, 0x993216FA, 0x7B093B5D, 0x98DAFF3C, 0xF718902A, 0x0B1C9CDB,
    0xE58F764B, 0x187636BC, 0x5D7B3BB1, 0xE73DE7DE, 0x92BEC979, 0xCCA6C0B2, 0x304A0979, 0x85AA43D4,
    0x783125BB, 0x6CA8EAA2, 0xE407EAC6, 0x4B5CFC3E, 0x9FBF8C76, 0x15CA20BE, 0xF2CA9FD3, 0x959BD756,
};

static inline uint32_t mixed(uint32_t sum, uint32_t value) {
    uint32_t mix = sum ^ value;
    return mix * PRIME ^ mix >> 17;
}

uint16_t sh_page_checksum(const void *page, size_t size, uint32_t block) {
    uint32_t sums[LANES], row[LANES];
    memcpy(sums, bases, sizeof sums);
    for (size_t offset = 0; offset + sizeof row <= size; offset += sizeof row) {
        memcpy(row, (const char *)page + offset, sizeof row);
        // The checksum itself, in the lower half of the third word, counts as zero.
        if (offset == 0) memset((char *)(row + CHECKSUM_WORD), 0, 2);
        for (int lane = 0; lane < LANES; lane++) sums[lane] = mixed(sums[lane], row[lane]);
    }
    for (int round = 0; round < 2; round++)
        for (int lane = 0; lane < LANES; lane++) sums[lane] = mixed(sums[lane], 0);
    uint32_t result = 0;
    for (int lane = 0; lane < LANES; lane++) result ^= sums[lane];
    return (uint16_t)((result ^ block) % 65535 + 1);
}

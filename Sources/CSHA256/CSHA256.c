#include "CSHA256.h"

#if defined(__x86_64__)

#include <cpuid.h>
#include <immintrin.h>

/* A round of one stream waits for the round before it; two streams that take turns fill that wait. */

#define SHA __attribute__((target("sha,sse4.1,ssse3")))
#define INLINED static inline SHA __attribute__((always_inline))

static const uint32_t round_constants[64] __attribute__((aligned(16))) = {
    0x428a2f98, 0x71374491, 0xb5c0fbcf, 0xe9b5dba5, 0x3956c25b, 0x59f111f1, 0x923f82a4, 0xab1c5ed5,
    0xd807aa98, 0x12835b01, 0x243185be, 0x550c7dc3, 0x72be5d74, 0x80deb1fe, 0x9bdc06a7, 0xc19bf174,
    0xe49b69c1, 0xefbe4786, 0x0fc19dc6, 0x240ca1cc, 0x2de92c6f, 0x4a7484aa, 0x5cb0a9dc, 0x76f988da,
    0x983e5152, 0xa831c66d, 0xb00327c8, 0xbf597fc7, 0xc6e00bf3, 0xd5a79147, 0x06ca6351, 0x14292967,
    0x27b70a85, 0x2e1b2138, 0x4d2c6dfc, 0x53380d13, 0x650a7354, 0x766a0abb, 0x81c2c92e, 0x92722c85,
    0xa2bfe8a1, 0xa81a664b, 0xc24b8b70, 0xc76c51a3, 0xd192e819, 0xd6990624, 0xf40e3585, 0x106aa070,
    0x19a4c116, 0x1e376c08, 0x2748774c, 0x34b0bcb5, 0x391c0cb3, 0x4ed8aa4a, 0x5b9cca4f, 0x682e6ff3,
    0x748f82ee, 0x78a5636f, 0x84c87814, 0x8cc70208, 0x90befffa, 0xa4506ceb, 0xbef9a3f7, 0xc67178f2,
};

int sh_sha256_usable(void) {
    unsigned a, b, c, d;
    if (!__get_cpuid(1, &a, &b, &c, &d) || !(c & bit_SSE4_1) || !(c & bit_SSSE3)) return 0;
    return __get_cpuid_count(7, 0, &a, &b, &c, &d) && (b & (1u << 29)) != 0;
}

/* The instructions want the words as ABEF and CDGH. */
typedef struct {
    __m128i abef, cdgh;
} hash_state;

INLINED hash_state load_state(const uint32_t words[8]) {
    __m128i low = _mm_shuffle_epi32(_mm_loadu_si128((const __m128i *)words), 0xB1);
    __m128i high = _mm_shuffle_epi32(_mm_loadu_si128((const __m128i *)(words + 4)), 0x1B);
    return (hash_state){_mm_alignr_epi8(low, high, 8), _mm_blend_epi16(high, low, 0xF0)};
}

INLINED void store_state(uint32_t words[8], hash_state state) {
    __m128i low = _mm_shuffle_epi32(state.abef, 0x1B), high = _mm_shuffle_epi32(state.cdgh, 0xB1);
    _mm_storeu_si128((__m128i *)words, _mm_blend_epi16(low, high, 0xF0));
    _mm_storeu_si128((__m128i *)(words + 4), _mm_alignr_epi8(high, low, 8));
}

INLINED __m128i load_words(const uint8_t *bytes) {
    const __m128i big_endian = _mm_set_epi64x(0x0c0d0e0f08090a0bLL, 0x0405060700010203LL);
    return _mm_shuffle_epi8(_mm_loadu_si128((const __m128i *)bytes), big_endian);
}

/* Rounds 4i to 4i + 3, whose words of the message schedule are `w`. */
INLINED void four_rounds(hash_state *state, __m128i w, int i) {
    __m128i sum = _mm_add_epi32(w, _mm_load_si128((const __m128i *)(round_constants + 4 * i)));
    state->cdgh = _mm_sha256rnds2_epu32(state->cdgh, state->abef, sum);
    state->abef = _mm_sha256rnds2_epu32(state->abef, state->cdgh, _mm_shuffle_epi32(sum, 0x0E));
}

/* The four words after w0 … w3. */
INLINED __m128i next_words(__m128i w0, __m128i w1, __m128i w2, __m128i w3) {
    __m128i sum = _mm_add_epi32(_mm_sha256msg1_epu32(w0, w1), _mm_alignr_epi8(w3, w2, 4));
    return _mm_sha256msg2_epu32(sum, w3);
}

INLINED hash_state add_states(hash_state a, hash_state b) {
    return (hash_state){_mm_add_epi32(a.abef, b.abef), _mm_add_epi32(a.cdgh, b.cdgh)};
}

SHA void sh_sha256_blocks(uint32_t state[8], const void *bytes, size_t blocks) {
    const uint8_t *p = bytes;
    hash_state s = load_state(state);
    for (; blocks > 0; blocks--, p += 64) {
        const hash_state before = s;
        __m128i w[4];
        for (int i = 0; i < 4; i++) {
            w[i] = load_words(p + 16 * i);
            four_rounds(&s, w[i], i);
        }
#pragma clang loop unroll(full)
        for (int i = 4; i < 16; i++) {
            w[i % 4] = next_words(w[i % 4], w[(i + 1) % 4], w[(i + 2) % 4], w[(i + 3) % 4]);
            four_rounds(&s, w[i % 4], i);
        }
        s = add_states(s, before);
    }
    store_state(state, s);
}

SHA void sh_sha256_blocks_of_two(uint32_t first_state[8], const void *first, uint32_t second_state[8], const void *second, size_t blocks) {
    const uint8_t *p = first, *q = second;
    hash_state s = load_state(first_state), t = load_state(second_state);
    for (; blocks > 0; blocks--, p += 64, q += 64) {
        const hash_state s_before = s, t_before = t;
        __m128i w[4], v[4];
#pragma clang loop unroll(full)
        for (int i = 0; i < 4; i++) {
            w[i] = load_words(p + 16 * i);
            v[i] = load_words(q + 16 * i);
            four_rounds(&s, w[i], i);
            four_rounds(&t, v[i], i);
        }
#pragma clang loop unroll(full)
        for (int i = 4; i < 16; i++) {
            w[i % 4] = next_words(w[i % 4], w[(i + 1) % 4], w[(i + 2) % 4], w[(i + 3) % 4]);
            v[i % 4] = next_words(v[i % 4], v[(i + 1) % 4], v[(i + 2) % 4], v[(i + 3) % 4]);
            four_rounds(&s, w[i % 4], i);
            four_rounds(&t, v[i % 4], i);
        }
        s = add_states(s, s_before);
        t = add_states(t, t_before);
    }
    store_state(first_state, s);
    store_state(second_state, t);
}

#else

#include <stdlib.h>

int sh_sha256_usable(void) { return 0; }
void sh_sha256_blocks(uint32_t state[8], const void *bytes, size_t blocks) { abort(); }
void sh_sha256_blocks_of_two(uint32_t first_state[8], const void *first, uint32_t second_state[8], const void *second, size_t blocks) { abort(); }

#endif

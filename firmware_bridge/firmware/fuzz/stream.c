/* Inputs from standard input, each a length (u32, little-endian) and so many bytes; what the sensor gave goes to
 * standard output: a kind, a length (u16), the bytes; and a kind of 0 after each input. For a mutator outside. */
#include "entry.h"

#include <stdio.h>
#include <stdlib.h>

static void tell(gave kind, const uint8_t *bytes, size_t len)
{
    const uint8_t head[3] = {(uint8_t)kind, (uint8_t)len, (uint8_t)(len >> 8)};
    fwrite(head, 1, sizeof head, stdout);
    fwrite(bytes, 1, len, stdout);
}

int main(void)
{
    uint8_t head[4];
    on_given = tell;
    while (fread(head, 1, sizeof head, stdin) == sizeof head) {
        const size_t size = head[0] | (size_t)head[1] << 8 | (size_t)head[2] << 16 | (size_t)head[3] << 24;
        uint8_t *data = malloc(size ? size : 1);
        if (!data || fread(data, 1, size, stdin) != size)
            return 1;
        (void)LLVMFuzzerTestOneInput(data, size);
        free(data);
        putchar(0);
        fflush(stdout);
    }
    return 0;
}

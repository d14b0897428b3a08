/* Encodes records from standard input: `encode data` or `encode config`. Binary in and out, little-endian.
 *
 * data:   format flags stream_id count u8, seq u16, index t_us u32, count samples of six int16
 *         -> length u16, packet
 * config: mtu u16, rate u32, acc gyro latency u16, stream_id streaming u8 -> fits u8, 24 bytes
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bip_wire.h"

static bool get(uint8_t *bytes, size_t len)
{
    return fread(bytes, 1, len, stdin) == len;
}

static bool data(void)
{
    uint8_t head[14], rows[256 * 12], length[2], *out;
    bip_sample samples[256];
    bip_header header;
    size_t i, k, len;

    if (!get(head, sizeof head) || !get(rows, head[3] * 12u))
        return false;
    header.format = (bip_format)head[0];
    header.flags = head[1];
    header.stream_id = head[2];
    header.seq = bip_get16(head + 4);
    header.index = bip_get32(head + 6);
    header.t_us = bip_get32(head + 10);
    for (i = 0; i < head[3]; i++)
        for (k = 0; k < 3; k++) {
            samples[i].acc[k] = (int16_t)bip_get16(rows + 12 * i + 2 * k);
            samples[i].gyr[k] = (int16_t)bip_get16(rows + 12 * i + 6 + 2 * k);
        }
    out = malloc(BIP_HEADER_LEN + head[3] * 12u);
    len = bip_encode_data(&header, samples, head[3], out);
    bip_put16(length, (uint16_t)len);
    fwrite(length, 1, 2, stdout);
    fwrite(out, 1, len, stdout);
    free(out);
    return true;
}

static bool config(void)
{
    uint8_t in[14], out[1 + BIP_CONFIG_LEN] = {0};
    bip_config made;

    if (!get(in, sizeof in))
        return false;
    memset(&made, 0, sizeof made);
    made.settings.rate_millihz = bip_get32(in + 2);
    made.settings.acc_range_g = bip_get16(in + 6);
    made.settings.gyr_range_dps = bip_get16(in + 8);
    made.settings.latency_ms = bip_get16(in + 10);
    made.stream_id = in[12];
    made.streaming = in[13] != 0;
    made.scales = bip_nominal_scales(&made.settings);
    out[0] = bip_plan(bip_get16(in), &made.settings, &made.format, &made.samples_per_packet);
    if (out[0])
        bip_encode_config(&made, out + 1);
    fwrite(out, 1, sizeof out, stdout);
    return true;
}

int main(int count, char **words)
{
    const bool configs = count > 1 && !strcmp(words[1], "config");
    while (configs ? config() : data())
        continue;
    return 0;
}

#include "bip_wire.h"

#include <string.h>

#define UUID(field)                                                                                          \
    {0xcf, 0x94, 0xfd, 0x62, 0x5c, 0xc7, 0xd0, 0xa0, 0x15, 0x4f, 0xf2, 0x15, (field), 0x00, 0x64, 0x9c}
const uint8_t BIP_SERVICE_UUID[16] = UUID(0);
const uint8_t BIP_DATA_UUID[16] = UUID(1);
const uint8_t BIP_CONTROL_UUID[16] = UUID(2);
const uint8_t BIP_CONFIG_UUID[16] = UUID(3);

#define START_LEN 12u
#define SHORT_REQUEST_LEN 2u
#define MILLIHZ_MS_PER_SAMPLE 1000000u /* a rate in mHz times a time in ms, over this, is samples */
#define STANDARD_GRAVITY_MPS2 9.80665  /* CGPM 1901 */
#define RAD_PER_DEG (3.14159265358979323846 / 180.0)
#define FULL_SCALE 32768.0 /* LSB at the end of an int16's range */

void bip_put16(uint8_t *out, uint16_t value)
{
    out[0] = (uint8_t)value;
    out[1] = (uint8_t)(value >> 8);
}

void bip_put32(uint8_t *out, uint32_t value)
{
    bip_put16(out, (uint16_t)value);
    bip_put16(out + 2, (uint16_t)(value >> 16));
}

void bip_put64(uint8_t *out, uint64_t value)
{
    bip_put32(out, (uint32_t)value);
    bip_put32(out + 4, (uint32_t)(value >> 32));
}

uint16_t bip_get16(const uint8_t *in)
{
    return (uint16_t)(in[0] | (uint16_t)(in[1] << 8));
}

uint32_t bip_get32(const uint8_t *in)
{
    return bip_get16(in) | (uint32_t)bip_get16(in + 2) << 16;
}

static void put_float(uint8_t *out, float value)
{
    uint32_t bits;
    memcpy(&bits, &value, sizeof bits);
    bip_put32(out, bits);
}

static size_t header_len(bip_format format)
{
    return format == BIP_FORMAT_COMPACT ? BIP_COMPACT_HEADER_LEN : BIP_HEADER_LEN;
}

static size_t sample_len(bip_format format)
{
    return format == BIP_FORMAT_ACC ? 6u : 12u;
}

bool bip_plan(uint16_t mtu, const bip_settings *settings, bip_format *format, uint8_t *samples_per_packet)
{
    const bip_format wanted = settings->gyr_range_dps ? BIP_FORMAT_ACC_GYR : BIP_FORMAT_ACC;
    const uint64_t in_time = (uint64_t)settings->rate_millihz * settings->latency_ms / MILLIHZ_MS_PER_SAMPLE;
    size_t room, fits;

    if (mtu < BIP_MTU_MIN)
        return false;
    room = mtu - BIP_ATT_HEADER_LEN;
    if (room > BIP_VALUE_MAX)
        room = BIP_VALUE_MAX;
    if (room < BIP_HEADER_LEN + sample_len(wanted)) {
        *format = BIP_FORMAT_COMPACT;
        *samples_per_packet = 1;
        return true;
    }
    fits = (room - BIP_HEADER_LEN) / sample_len(wanted);
    if (fits > in_time)
        fits = in_time ? (size_t)in_time : 1u;
    *format = wanted;
    *samples_per_packet = (uint8_t)fits;
    return true;
}

bip_scales bip_nominal_scales(const bip_settings *settings)
{
    bip_scales scales;
    scales.acc_mps2 = (float)(STANDARD_GRAVITY_MPS2 * settings->acc_range_g / FULL_SCALE);
    scales.gyr_radps = (float)(settings->gyr_range_dps * RAD_PER_DEG / FULL_SCALE);
    return scales;
}

static bool clipped(const int16_t axes[3])
{
    size_t i;
    for (i = 0; i < 3; i++)
        if (axes[i] == INT16_MAX || axes[i] == INT16_MIN)
            return true;
    return false;
}

uint8_t bip_clip_flags(bip_format format, const bip_sample *sample)
{
    uint8_t flags = clipped(sample->acc) ? BIP_FLAG_CLIP_ACC : 0;
    if (format != BIP_FORMAT_ACC && clipped(sample->gyr))
        flags |= BIP_FLAG_CLIP_GYR;
    return flags;
}

size_t bip_encode_header(const bip_header *header, uint8_t *out)
{
    const size_t len = header_len(header->format);
    out[0] = (uint8_t)(BIP_VERSION << 4 | (unsigned)header->format);
    out[1] = (uint8_t)((header->stream_id & 0x0Fu) << 4 | (header->flags & 0x0Fu));
    bip_put16(out + 2, header->seq);
    if (header->format != BIP_FORMAT_COMPACT)
        bip_put32(out + 4, header->index);
    bip_put32(out + len - 4, header->t_us);
    return len;
}

size_t bip_encode_sample(bip_format format, const bip_sample *sample, uint8_t *out)
{
    size_t i;
    for (i = 0; i < 3; i++) {
        bip_put16(out + 2 * i, (uint16_t)sample->acc[i]);
        if (format != BIP_FORMAT_ACC)
            bip_put16(out + 6 + 2 * i, (uint16_t)sample->gyr[i]);
    }
    return sample_len(format);
}

size_t bip_encode_data(const bip_header *header, const bip_sample *samples, size_t count, uint8_t *out)
{
    size_t len = bip_encode_header(header, out), i;
    for (i = 0; i < count; i++)
        len += bip_encode_sample(header->format, &samples[i], out + len);
    return len;
}

void bip_encode_config(const bip_config *config, uint8_t out[BIP_CONFIG_LEN])
{
    out[0] = BIP_VERSION;
    out[1] = (uint8_t)config->format;
    out[2] = config->samples_per_packet;
    out[3] = config->streaming ? 1 : 0;
    bip_put32(out + 4, config->settings.rate_millihz);
    bip_put16(out + 8, config->settings.acc_range_g);
    bip_put16(out + 10, config->settings.gyr_range_dps);
    put_float(out + 12, config->scales.acc_mps2);
    put_float(out + 16, config->scales.gyr_radps);
    bip_put16(out + 20, config->settings.latency_ms);
    out[22] = config->stream_id;
    out[23] = 0;
}

bip_status bip_decode_request(const uint8_t *data, size_t len, bip_request *request)
{
    bip_settings *start = &request->start;

    if (len < SHORT_REQUEST_LEN)
        return BIP_STATUS_BAD_PARAMETER;
    request->op = data[0];
    request->ref = data[1];
    if (request->op < BIP_OP_START || request->op > BIP_OP_IDENTIFY)
        return BIP_STATUS_BAD_OPCODE;
    if (len != (request->op == BIP_OP_START ? START_LEN : SHORT_REQUEST_LEN))
        return BIP_STATUS_BAD_PARAMETER;
    if (request->op != BIP_OP_START)
        return BIP_STATUS_OK;
    start->rate_millihz = bip_get32(data + 2);
    start->acc_range_g = bip_get16(data + 6);
    start->gyr_range_dps = bip_get16(data + 8);
    start->latency_ms = bip_get16(data + 10);
    if (start->rate_millihz < BIP_RATE_MIN_MILLIHZ || start->rate_millihz > BIP_RATE_MAX_MILLIHZ)
        return BIP_STATUS_BAD_PARAMETER;
    return start->acc_range_g ? BIP_STATUS_OK : BIP_STATUS_BAD_PARAMETER;
}

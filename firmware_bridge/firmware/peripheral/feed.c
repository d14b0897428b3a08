#include "feed.h"

#include <string.h>

#define US_MILLIHZ 1000000000u /* a time in us times a rate in mHz, over this, is rows */

static uint32_t due(const feed *source, uint64_t now_us)
{
    const uint64_t rows = (now_us - source->started_us) * source->settings.rate_millihz / US_MILLIHZ;
    return rows < source->count ? (uint32_t)rows : source->count;
}

static uint64_t time_us(const feed *source, uint32_t row)
{
    const uint64_t rate = source->settings.rate_millihz;
    return source->started_us + ((uint64_t)row * US_MILLIHZ + rate / 2) / rate;
}

static void get_row(const feed *source, uint32_t row, bip_sample *sample)
{
    const uint8_t *in = source->rows + (size_t)row * FEED_ROW_LEN;
    size_t i;
    for (i = 0; i < 3; i++) {
        sample->acc[i] = (int16_t)bip_get16(in + 2 * i);
        sample->gyr[i] = (int16_t)bip_get16(in + 6 + 2 * i);
    }
}

void feed_init(feed *source, const uint8_t *rows, uint32_t count, const bip_settings *settings, uint32_t fifo)
{
    memset(source, 0, sizeof *source);
    source->rows = rows;
    source->count = count;
    source->settings = *settings;
    source->fifo = fifo;
}

void feed_settle(const feed *source, bip_settings *settings, bip_scales *scales)
{
    settings->rate_millihz = source->settings.rate_millihz;
    settings->acc_range_g = source->settings.acc_range_g;
    settings->gyr_range_dps = settings->gyr_range_dps ? source->settings.gyr_range_dps : 0;
    *scales = bip_nominal_scales(settings);
}

void feed_start(feed *source, uint64_t now_us)
{
    if (!source->lifting)
        source->started_us = now_us;
    source->lifting = true;
    source->next = due(source, now_us);
}

void feed_run(feed *source, bip_sensor *sensor, uint64_t now_us)
{
    bip_sample sample;
    uint32_t end, late;

    if (!source->lifting)
        return;
    end = due(source, now_us);
    while (bip_measuring(sensor) && source->next < end && bip_room(sensor)) {
        get_row(source, source->next, &sample);
        (void)bip_push(sensor, &sample, (uint32_t)time_us(source, source->next));
        source->next++;
    }
    late = end - source->next;
    if (late > source->fifo) {
        bip_lose(sensor, late - source->fifo);
        source->next = end - source->fifo;
    }
}

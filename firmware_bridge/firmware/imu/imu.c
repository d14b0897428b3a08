#include "imu.h"

static uint32_t distance(uint32_t a, uint32_t b)
{
    return a > b ? a - b : b - a;
}

size_t imu_nearest_rate(const uint32_t *rates, size_t count, uint32_t wanted)
{
    size_t best = 0, i;
    for (i = 1; i < count; i++)
        if (distance(rates[i], wanted) <= distance(rates[best], wanted))
            best = i;
    return best;
}

size_t imu_range_for(const uint16_t *ranges, size_t count, uint16_t wanted)
{
    size_t i = 0;
    while (i + 1 < count && ranges[i] < wanted)
        i++;
    return i;
}

bool imu_write8(const imu_bus *bus, uint8_t reg, uint8_t value)
{
    return bus->write(bus->ctx, reg, &value, 1);
}

bool imu_read8(const imu_bus *bus, uint8_t reg, uint8_t *value)
{
    return bus->read(bus->ctx, reg, value, 1);
}

void imu_axes(const uint8_t *in, int16_t out[3])
{
    size_t i;
    for (i = 0; i < 3; i++)
        out[i] = (int16_t)bip_get16(in + 2 * i);
}

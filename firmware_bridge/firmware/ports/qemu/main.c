/* The firmware on a Cortex-M3: QEMU's mps2-an385, bare metal. HCI (H4) over UART0, clock from SysTick.
 *
 * Samples and settings are put into memory at SESSION by QEMU's loader device; the tests write that file.
 */
#include "feed.h"
#include "hci.h"

#define REGISTER(address) (*(volatile uint32_t *)(address))

/* ARM Application Note AN385; CMSDK APB UART; ARMv7-M Architecture Reference Manual (SysTick, ICSR). */
#define UART_DATA REGISTER(0x40004000u)
#define UART_STATE REGISTER(0x40004004u)
#define UART_CTRL REGISTER(0x40004008u)
#define UART_BAUDDIV REGISTER(0x40004010u)
#define UART_TX_FULL 1u
#define UART_RX_FULL 2u
#define SYSTICK_CTRL REGISTER(0xE000E010u)
#define SYSTICK_RELOAD REGISTER(0xE000E014u)
#define SYSTICK_NOW REGISTER(0xE000E018u)
#define TICKS_PER_US 25u /* 25 MHz */
#define TICKS_PER_MS (1000u * TICKS_PER_US)

#define SESSION ((const uint8_t *)0x21000000u) /* the board's 16 MB PSRAM */
#define SESSION_HEADER_LEN 24u
#define QUEUE 256u
#define LATENCY_MS 40u

static volatile uint32_t milliseconds;
static uint64_t clock_offset_us;
static uint32_t speed;
static feed source;
static bip_slot slots[QUEUE];
static bip_sensor sensor;
static att_server server;
static hci_host host;

void on_systick(void);
void on_reset(void);
extern uint32_t stack_top, data_begin, data_end, data_load, bss_begin, bss_end;

void on_systick(void)
{
    milliseconds++;
}

/* Milliseconds and the counter below them, read again where one passed in between. */
static uint64_t ticked_us(void)
{
    uint32_t ms, ticks;
    do {
        ms = milliseconds;
        ticks = SYSTICK_NOW;
    } while (ms != milliseconds);
    return (uint64_t)ms * 1000u + (TICKS_PER_MS - 1u - ticks) / TICKS_PER_US;
}

/* A reload whose interrupt is still to come would look like a step back: time never goes back. */
static uint64_t now_us(void *ctx)
{
    static uint64_t last_us;
    const uint64_t us = ticked_us();
    (void)ctx;
    if (us > last_us)
        last_us = us;
    return clock_offset_us + last_us * speed;
}

static void settle(void *ctx, bip_settings *settings, bip_scales *scales)
{
    (void)ctx;
    feed_settle(&source, settings, scales);
}

static bool start(void *ctx, const bip_settings *settings)
{
    (void)settings;
    if (!source.lifting) /* nothing streams yet: the clock may still be set */
        clock_offset_us += bip_get32(SESSION + 16) - now_us(ctx);
    feed_start(&source, now_us(ctx));
    return true;
}

static void stop(void *ctx)
{
    (void)ctx;
}

static void identify(void *ctx)
{
    (void)ctx;
}

static void send_bytes(void *ctx, const uint8_t *bytes, size_t len)
{
    (void)ctx;
    for (; len; len--, bytes++) {
        while (UART_STATE & UART_TX_FULL)
            continue;
        UART_DATA = *bytes;
    }
}

/* Session: count u32, rate in mHz u32, acc g u16, gyro dps u16, speed u32, clock at START u32, 4 bytes unused,
 * rows. */
static void load_session(void)
{
    bip_settings settings;
    settings.rate_millihz = bip_get32(SESSION + 4);
    settings.acc_range_g = bip_get16(SESSION + 8);
    settings.gyr_range_dps = bip_get16(SESSION + 10);
    settings.latency_ms = LATENCY_MS;
    speed = bip_get32(SESSION + 12);
    feed_init(&source, SESSION + SESSION_HEADER_LEN, bip_get32(SESSION), &settings, UINT32_MAX);
}

static void run(void)
{
    static const uint8_t ADDRESS[6] = {0x03, 0xE1, 0x2B, 0xBA, 0x0D, 0xF0};
    static const att_identity IDENTITY = {"Bar M3", "imu-tempo", "Cortex-M3 firmware", "1.0", ATT_MTU_MAX};
    static const bip_port PORT = {NULL, now_us, settle, start, stop, identify};
    uint8_t byte;

    bip_init(&sensor, &PORT, slots, QUEUE, &source.settings);
    att_init(&server, &sensor, &IDENTITY);
    hci_start(&host, &server, ADDRESS, send_bytes, NULL);
    for (;;) {
        while (UART_STATE & UART_RX_FULL) {
            byte = (uint8_t)UART_DATA;
            hci_receive(&host, &byte, 1);
        }
        feed_run(&source, &sensor, now_us(NULL));
        hci_pump(&host);
    }
}

void on_reset(void)
{
    uint32_t *to = &data_begin;
    const uint32_t *from = &data_load;

    while (to < &data_end)
        *to++ = *from++;
    for (to = &bss_begin; to < &bss_end; to++)
        *to = 0;
    UART_BAUDDIV = 16;
    UART_CTRL = 3; /* send and receive */
    SYSTICK_RELOAD = TICKS_PER_MS - 1u;
    SYSTICK_NOW = 0;
    SYSTICK_CTRL = 7; /* processor clock, interrupt, on */
    load_session();
    run();
}

/* Initial stack, reset, faults (none handled: QEMU reports a lockup), SysTick in place 15. */
__attribute__((section(".vectors"), used)) static const uintptr_t VECTORS[16] = {
    [0] = (uintptr_t)&stack_top,
    [1] = (uintptr_t)on_reset,
    [15] = (uintptr_t)on_systick,
};

/* The bar sensor on a Seeed XIAO nRF52840 Sense, with Zephyr 4.1 or newer.
 *
 * COMPILED AGAINST STUBS ONLY (`make board`), NEVER RUN ON HARDWARE. The profile core and the IMU driver that it
 * joins are tested; what is not is this file: pins, interrupt, and the radio's behaviour.
 *
 * Bluetooth calls in from threads of its own, the core is for one context: `lock` makes it one. Nothing that can
 * wait for the radio is called with the lock held.
 */
#include <zephyr/bluetooth/bluetooth.h>
#include <zephyr/bluetooth/conn.h>
#include <zephyr/bluetooth/gatt.h>
#include <zephyr/bluetooth/uuid.h>
#include <zephyr/drivers/gpio.h>
#include <zephyr/drivers/i2c.h>
#include <zephyr/kernel.h>
#include <zephyr/sys/atomic.h>

#include "bip_sensor.h"
#include "imu_pump.h"

#define QUEUE 256             /* samples that wait for the radio: 0.6 s at 416 Hz, 5 kB */
#define IN_FLIGHT 6           /* notifications given to the stack; fewer than CONFIG_BT_ATT_TX_COUNT */
#define IDLE_MS 5             /* the main loop's longest sleep: bounds how late a packet leaves by latency */
#define BLINK_MS 100
#define BLINKS 20             /* on and off: two seconds of blinking */
#define IMU_BURST_MAX 64      /* longest register write */
#define ERROR_NOT_SUBSCRIBED 0xFD

#define IMU_NODE DT_NODELABEL(lsm6ds3tr_c)
static const struct i2c_dt_spec imu_port = I2C_DT_SPEC_GET(IMU_NODE);
static const struct gpio_dt_spec imu_ready = GPIO_DT_SPEC_GET(IMU_NODE, irq_gpios);
static const struct gpio_dt_spec led = GPIO_DT_SPEC_GET(DT_ALIAS(led0), gpios);

static const bip_settings DEFAULTS = {208000, 16, 2000, 40};

K_MUTEX_DEFINE(lock);
K_SEM_DEFINE(work_to_do, 0, 1);

static bip_slot slots[QUEUE];
static bip_sensor sensor;
static imu_pump pump;
static struct bt_conn *client;
static bool indications_on;
static atomic_t in_flight;
static atomic_t indicating;

/* IMU over I2C */

static bool imu_read(void *ctx, uint8_t reg, uint8_t *data, size_t len)
{
    ARG_UNUSED(ctx);
    return i2c_burst_read_dt(&imu_port, reg, data, (uint32_t)len) == 0;
}

static bool imu_write(void *ctx, uint8_t reg, const uint8_t *data, size_t len)
{
    ARG_UNUSED(ctx);
    return len <= IMU_BURST_MAX && i2c_burst_write_dt(&imu_port, reg, data, (uint32_t)len) == 0;
}

static void imu_wait(void *ctx, uint32_t us)
{
    ARG_UNUSED(ctx);
    k_sleep(K_USEC(us));
}

static const imu_bus BUS = {NULL, imu_read, imu_write, imu_wait};

/* Clock and interrupt. The kernel's tick on this chip is 30.5 us. */

static uint64_t now_us(void *ctx)
{
    ARG_UNUSED(ctx);
    return k_ticks_to_us_floor64((uint64_t)k_uptime_ticks());
}

static void on_ready(const struct device *port, struct gpio_callback *callback, uint32_t pins)
{
    ARG_UNUSED(port);
    ARG_UNUSED(callback);
    ARG_UNUSED(pins);
    imu_pump_pulse(&pump, (uint32_t)now_us(NULL));
    k_sem_give(&work_to_do);
}

static struct gpio_callback ready_callback;

/* What the profile asks of the board */

static void settle(void *ctx, bip_settings *settings, bip_scales *scales)
{
    ARG_UNUSED(ctx);
    LSM6_DRIVER.settle(settings, scales);
}

static bool start(void *ctx, const bip_settings *settings)
{
    return imu_pump_start(&pump, settings, (uint32_t)now_us(ctx));
}

static void stop(void *ctx)
{
    ARG_UNUSED(ctx);
    imu_pump_stop(&pump);
}

static int blinks_left;

static void blink(struct k_work *work)
{
    (void)gpio_pin_set_dt(&led, --blinks_left & 1);
    if (blinks_left > 0)
        (void)k_work_schedule(k_work_delayable_from_work(work), K_MSEC(BLINK_MS));
}

K_WORK_DELAYABLE_DEFINE(blinker, blink);

static void identify(void *ctx)
{
    ARG_UNUSED(ctx);
    blinks_left = BLINKS;
    (void)k_work_schedule(&blinker, K_NO_WAIT);
}

static const bip_port PORT = {NULL, now_us, settle, start, stop, identify};

/* GATT server */

static ssize_t write_control(struct bt_conn *conn, const struct bt_gatt_attr *attr, const void *value, uint16_t len,
                             uint16_t offset, uint8_t flags)
{
    bip_write_result result;

    ARG_UNUSED(conn);
    ARG_UNUSED(attr);
    ARG_UNUSED(flags);
    if (offset)
        return BT_GATT_ERR(BT_ATT_ERR_INVALID_OFFSET);
    if (!indications_on)
        return BT_GATT_ERR(ERROR_NOT_SUBSCRIBED);
    (void)k_mutex_lock(&lock, K_FOREVER);
    result = bip_write(&sensor, value, len);
    (void)k_mutex_unlock(&lock);
    k_sem_give(&work_to_do);
    return result == BIP_WRITE_ACCEPTED ? (ssize_t)len : BT_GATT_ERR((int)result);
}

static ssize_t read_config(struct bt_conn *conn, const struct bt_gatt_attr *attr, void *out, uint16_t len,
                           uint16_t offset)
{
    uint8_t config[BIP_CONFIG_LEN];

    (void)k_mutex_lock(&lock, K_FOREVER);
    bip_read_config(&sensor, config);
    (void)k_mutex_unlock(&lock);
    return bt_gatt_attr_read(conn, attr, out, len, offset, config, sizeof config);
}

static void on_data_subscription(const struct bt_gatt_attr *attr, uint16_t value)
{
    ARG_UNUSED(attr);
    (void)k_mutex_lock(&lock, K_FOREVER);
    bip_set_notify(&sensor, value == BT_GATT_CCC_NOTIFY);
    (void)k_mutex_unlock(&lock);
}

static void on_control_subscription(const struct bt_gatt_attr *attr, uint16_t value)
{
    ARG_UNUSED(attr);
    indications_on = value == BT_GATT_CCC_INDICATE;
}

#define PROFILE_UUID(field)                                                                                  \
    BT_UUID_INIT_128(BT_UUID_128_ENCODE(0x9c640000 + (field), 0x15f2, 0x4f15, 0xa0d0, 0xc75c62fd94cf))
static const struct bt_uuid_128 service_uuid = PROFILE_UUID(0);
static const struct bt_uuid_128 data_uuid = PROFILE_UUID(1);
static const struct bt_uuid_128 control_uuid = PROFILE_UUID(2);
static const struct bt_uuid_128 config_uuid = PROFILE_UUID(3);

BT_GATT_SERVICE_DEFINE(bar_service, BT_GATT_PRIMARY_SERVICE(&service_uuid),
                       BT_GATT_CHARACTERISTIC(&data_uuid.uuid, BT_GATT_CHRC_NOTIFY, BT_GATT_PERM_NONE, NULL, NULL,
                                              NULL),
                       BT_GATT_CCC(on_data_subscription, BT_GATT_PERM_READ | BT_GATT_PERM_WRITE),
                       BT_GATT_CHARACTERISTIC(&control_uuid.uuid, BT_GATT_CHRC_WRITE | BT_GATT_CHRC_INDICATE,
                                              BT_GATT_PERM_WRITE, NULL, write_control, NULL),
                       BT_GATT_CCC(on_control_subscription, BT_GATT_PERM_READ | BT_GATT_PERM_WRITE),
                       BT_GATT_CHARACTERISTIC(&config_uuid.uuid, BT_GATT_CHRC_READ, BT_GATT_PERM_READ, read_config,
                                              NULL, NULL));

enum { DATA_VALUE = 2, CONTROL_VALUE = 5 }; /* places in bar_service, in the order above */

/* Connection */

static void take_mtu(struct bt_conn *conn, uint16_t tx, uint16_t rx)
{
    ARG_UNUSED(conn);
    ARG_UNUSED(rx);
    (void)k_mutex_lock(&lock, K_FOREVER);
    bip_set_mtu(&sensor, tx);
    (void)k_mutex_unlock(&lock);
}

static struct bt_gatt_cb gatt_callbacks = {.att_mtu_updated = take_mtu};

static void on_connected(struct bt_conn *conn, uint8_t error)
{
    if (error)
        return;
    (void)k_mutex_lock(&lock, K_FOREVER);
    client = bt_conn_ref(conn);
    atomic_set(&in_flight, 0);
    atomic_set(&indicating, 0);
    bip_connected(&sensor);
    bip_set_mtu(&sensor, bt_gatt_get_mtu(conn));
    (void)k_mutex_unlock(&lock);
    (void)bt_conn_le_phy_update(conn, BT_CONN_LE_PHY_PARAM_2M);
    (void)bt_conn_le_data_len_update(conn, BT_LE_DATA_LEN_PARAM_MAX);
}

static void on_disconnected(struct bt_conn *conn, uint8_t reason)
{
    struct bt_conn *gone;

    ARG_UNUSED(conn);
    ARG_UNUSED(reason);
    (void)k_mutex_lock(&lock, K_FOREVER);
    gone = client;
    client = NULL;
    indications_on = false;
    bip_disconnected(&sensor);
    (void)k_mutex_unlock(&lock);
    if (gone)
        bt_conn_unref(gone);
}

static const struct bt_data advertisement[] = {
    BT_DATA_BYTES(BT_DATA_FLAGS, BT_LE_AD_GENERAL | BT_LE_AD_NO_BREDR),
    BT_DATA_BYTES(BT_DATA_UUID128_ALL, BT_UUID_128_ENCODE(0x9c640000, 0x15f2, 0x4f15, 0xa0d0, 0xc75c62fd94cf)),
};
static const struct bt_data scan_response[] = {
    BT_DATA(BT_DATA_NAME_COMPLETE, CONFIG_BT_DEVICE_NAME, sizeof CONFIG_BT_DEVICE_NAME - 1),
};

static void advertise(struct k_work *work)
{
    ARG_UNUSED(work);
    (void)bt_le_adv_start(BT_LE_ADV_CONN_FAST_1, advertisement, ARRAY_SIZE(advertisement), scan_response,
                          ARRAY_SIZE(scan_response));
}

K_WORK_DEFINE(advertiser, advertise);

static void on_recycled(void)
{
    (void)k_work_submit(&advertiser); /* Zephyr warns of a deadlock where it is started from here */
}

BT_CONN_CB_DEFINE(connection_callbacks) = {
    .connected = on_connected,
    .disconnected = on_disconnected,
    .recycled = on_recycled,
};

/* Sending */

static void on_notified(struct bt_conn *conn, void *user_data)
{
    ARG_UNUSED(conn);
    ARG_UNUSED(user_data);
    (void)atomic_dec(&in_flight);
    k_sem_give(&work_to_do);
}

static void on_indicated(struct bt_conn *conn, struct bt_gatt_indicate_params *params, uint8_t error)
{
    ARG_UNUSED(conn);
    ARG_UNUSED(params);
    ARG_UNUSED(error);
    atomic_set(&indicating, 0);
    k_sem_give(&work_to_do);
}

static void notify(struct bt_conn *conn, const uint8_t *value, size_t len)
{
    struct bt_gatt_notify_params params = {
        .attr = &bar_service.attrs[DATA_VALUE], .data = value, .len = (uint16_t)len, .func = on_notified};

    (void)atomic_inc(&in_flight);
    if (bt_gatt_notify_cb(conn, &params)) /* cannot be for want of room; the index tells what it cost */
        (void)atomic_dec(&in_flight);
}

static void indicate(struct bt_conn *conn, const uint8_t *value, size_t len)
{
    static struct bt_gatt_indicate_params params; /* the stack uses it until on_indicated */

    params.attr = &bar_service.attrs[CONTROL_VALUE];
    params.func = on_indicated;
    params.data = value;
    params.len = (uint16_t)len;
    atomic_set(&indicating, 1);
    if (bt_gatt_indicate(conn, &params))
        atomic_set(&indicating, 0);
}

/* Send one value; false where there is none, or no room. Packets wait for the confirmation of an answer, so that
 * the answer to START is surely sent before the first of them. */
static bool send_one(void)
{
    static uint8_t value[BIP_VALUE_MAX];
    struct bt_conn *conn;
    size_t answer_len = 0, packet_len = 0;

    if (atomic_get(&indicating))
        return false;
    (void)k_mutex_lock(&lock, K_FOREVER);
    conn = client ? bt_conn_ref(client) : NULL;
    if (conn) {
        answer_len = bip_take_answer(&sensor, value);
        if (!answer_len && atomic_get(&in_flight) < IN_FLIGHT)
            packet_len = bip_take_packet(&sensor, value);
    }
    (void)k_mutex_unlock(&lock);
    if (answer_len)
        indicate(conn, value, answer_len);
    else if (packet_len)
        notify(conn, value, packet_len);
    if (conn)
        bt_conn_unref(conn);
    return answer_len || packet_len;
}

static bool set_up(void)
{
    if (!i2c_is_ready_dt(&imu_port) || !gpio_is_ready_dt(&imu_ready) || !gpio_is_ready_dt(&led))
        return false;
    if (gpio_pin_configure_dt(&led, GPIO_OUTPUT_INACTIVE) || gpio_pin_configure_dt(&imu_ready, GPIO_INPUT))
        return false;
    imu_pump_init(&pump, &LSM6_DRIVER, &BUS);
    if (!LSM6_DRIVER.open(&BUS, NULL, 0))
        return false;
    gpio_init_callback(&ready_callback, on_ready, BIT(imu_ready.pin));
    if (gpio_add_callback(imu_ready.port, &ready_callback) ||
        gpio_pin_interrupt_configure_dt(&imu_ready, GPIO_INT_EDGE_TO_ACTIVE))
        return false;
    bip_init(&sensor, &PORT, slots, QUEUE, &DEFAULTS);
    bt_gatt_cb_register(&gatt_callbacks);
    return bt_enable(NULL) == 0;
}

int main(void)
{
    if (!set_up()) {
        (void)gpio_pin_set_dt(&led, 1); /* steady light: no IMU, or no radio */
        return 1;
    }
    advertise(NULL);
    for (;;) {
        (void)k_sem_take(&work_to_do, K_MSEC(IDLE_MS));
        (void)k_mutex_lock(&lock, K_FOREVER);
        (void)imu_pump_run(&pump, &sensor);
        (void)k_mutex_unlock(&lock);
        while (send_one())
            continue;
    }
}

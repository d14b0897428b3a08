#ifndef STUB_GATT_H
#define STUB_GATT_H
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>
#include <zephyr/bluetooth/conn.h>
#include <zephyr/bluetooth/uuid.h>
struct bt_gatt_attr;
typedef ssize_t (*bt_gatt_attr_read_func_t)(struct bt_conn *conn, const struct bt_gatt_attr *attr, void *buf,
                                            uint16_t len, uint16_t offset);
typedef ssize_t (*bt_gatt_attr_write_func_t)(struct bt_conn *conn, const struct bt_gatt_attr *attr, const void *buf,
                                             uint16_t len, uint16_t offset, uint8_t flags);
struct bt_gatt_attr {
    const struct bt_uuid *uuid;
    bt_gatt_attr_read_func_t read;
    bt_gatt_attr_write_func_t write;
    void (*changed)(const struct bt_gatt_attr *attr, uint16_t value);
    uint16_t perm;
};
struct bt_gatt_service_static { const struct bt_gatt_attr *attrs; size_t attr_count; };
/* One entry an attribute, as in Zephyr: a characteristic is a declaration and a value. */
#define BT_GATT_PRIMARY_SERVICE(of) {&(of)->uuid, NULL, NULL, NULL, 1}
#define BT_GATT_CHARACTERISTIC(of, props, permissions, on_read, on_write, user_data)                         \
    {(of), NULL, NULL, NULL, (props)}, {(of), (on_read), (on_write), (user_data), (permissions)}
#define BT_GATT_CCC(on_change, permissions) {NULL, NULL, NULL, (on_change), (permissions)}
#define BT_GATT_SERVICE_DEFINE(name, ...)                                                                    \
    static const struct bt_gatt_attr name##_attrs[] = {__VA_ARGS__};                                         \
    static const struct bt_gatt_service_static name = {name##_attrs, sizeof name##_attrs / sizeof *name##_attrs}
#define BT_GATT_CHRC_READ 0x02
#define BT_GATT_CHRC_WRITE 0x08
#define BT_GATT_CHRC_NOTIFY 0x10
#define BT_GATT_CHRC_INDICATE 0x20
#define BT_GATT_PERM_NONE 0
#define BT_GATT_PERM_READ 1
#define BT_GATT_PERM_WRITE 2
#define BT_GATT_CCC_NOTIFY 1
#define BT_GATT_CCC_INDICATE 2
#define BT_GATT_ERR(att_err) (-(att_err))
#define BT_ATT_ERR_INVALID_OFFSET 0x07
struct bt_gatt_cb { void (*att_mtu_updated)(struct bt_conn *conn, uint16_t tx, uint16_t rx); };
struct bt_gatt_notify_params {
    const struct bt_uuid *uuid;
    const struct bt_gatt_attr *attr;
    const void *data;
    uint16_t len;
    void (*func)(struct bt_conn *conn, void *user_data);
    void *user_data;
};
struct bt_gatt_indicate_params {
    const struct bt_uuid *uuid;
    const struct bt_gatt_attr *attr;
    void (*func)(struct bt_conn *conn, struct bt_gatt_indicate_params *params, uint8_t err);
    void (*destroy)(struct bt_gatt_indicate_params *params);
    const void *data;
    uint16_t len;
};
ssize_t bt_gatt_attr_read(struct bt_conn *conn, const struct bt_gatt_attr *attr, void *buf, uint16_t buf_len,
                          uint16_t offset, const void *value, uint16_t value_len);
void bt_gatt_cb_register(struct bt_gatt_cb *cb);
uint16_t bt_gatt_get_mtu(struct bt_conn *conn);
int bt_gatt_notify_cb(struct bt_conn *conn, struct bt_gatt_notify_params *params);
int bt_gatt_indicate(struct bt_conn *conn, struct bt_gatt_indicate_params *params);
#endif

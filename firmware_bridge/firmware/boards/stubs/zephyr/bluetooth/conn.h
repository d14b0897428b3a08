#ifndef STUB_CONN_H
#define STUB_CONN_H
#include <stdint.h>
struct bt_conn;
struct bt_conn_le_phy_param { uint8_t pref_tx_phy; };
struct bt_conn_le_data_len_param { uint16_t tx_max_len; };
#define BT_CONN_LE_PHY_PARAM_2M (&(const struct bt_conn_le_phy_param){2})
#define BT_LE_DATA_LEN_PARAM_MAX (&(const struct bt_conn_le_data_len_param){251})
struct bt_conn_cb {
    void (*connected)(struct bt_conn *conn, uint8_t err);
    void (*disconnected)(struct bt_conn *conn, uint8_t reason);
    void (*recycled)(void);
};
#define BT_CONN_CB_DEFINE(name) struct bt_conn_cb name
struct bt_conn *bt_conn_ref(struct bt_conn *conn);
void bt_conn_unref(struct bt_conn *conn);
int bt_conn_le_phy_update(struct bt_conn *conn, const struct bt_conn_le_phy_param *param);
int bt_conn_le_data_len_update(struct bt_conn *conn, const struct bt_conn_le_data_len_param *param);
#endif

const stockColumns = `reserved INT UNSIGNED NOT NULL, version INT UNSIGNED NOT NULL, updated_at DATETIME(3) NOT NULL`;
const productId = 'product_id VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin PRIMARY KEY';
const answers = `CREATE TABLE answers (
  answer VARCHAR(255) CHARACTER SET ascii COLLATE ascii_bin PRIMARY KEY,
  product_id VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  body MEDIUMTEXT NOT NULL
)`;
const reservations = `CREATE TABLE stock_reservations (
  order_id VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin,
  product_id VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin,
  quantity INT UNSIGNED NOT NULL,
  PRIMARY KEY (order_id, product_id)
)`;
/** Statements that make the stock's tables, as each side has them. */
export const stockTables = {
  source: [
    `CREATE TABLE stock_items (${productId}, available INT UNSIGNED NOT NULL, ${stockColumns})`,
    reservations,
    answers,
  ],
  replica: [
    `CREATE TABLE stock_levels (${productId}, on_hand INT UNSIGNED NOT NULL, ${stockColumns})`,
    reservations,
    answers,
  ],
};

-- +goose Up

-- Where an order goes. In orders from before, address is the whole of it and these are empty.
ALTER TABLE orders ADD COLUMN postcode TEXT NOT NULL DEFAULT '' CHECK (length(postcode) <= 20);
ALTER TABLE orders ADD COLUMN town     TEXT NOT NULL DEFAULT '' CHECK (length(town) <= 80);
ALTER TABLE orders ADD COLUMN country  TEXT NOT NULL DEFAULT '' CHECK (length(country) <= 80);

-- By which a search finds a product, beside its name and description; shown nowhere.
ALTER TABLE products ADD COLUMN words TEXT NOT NULL DEFAULT '';

UPDATE products SET words = 'cup beaker coffee tea camping' WHERE sku = 'enamel-mug';
UPDATE products SET words = 'coffee filter drip brewer maker' WHERE sku = 'pour-over-dripper';
UPDATE products SET words = 'knives cutlery loaf' WHERE sku = 'bread-knife';
UPDATE products SET words = 'saucepan pot cooking' WHERE sku = 'small-pan';
UPDATE products SET words = 'dishcloth cloth drying kitchen linen' WHERE sku = 'tea-towel';
UPDATE products SET words = 'grinder spice' WHERE sku = 'pepper-mill';
UPDATE products SET words = 'book journal diary paper stationery' WHERE sku = 'notebook';
UPDATE products SET words = 'pen lead writing stationery' WHERE sku = 'brass-pencil';
UPDATE products SET words = 'light lighting reading' WHERE sku = 'desk-lamp';
UPDATE products SET words = 'shears cutting stationery' WHERE sku = 'scissors';
UPDATE products SET words = 'parcel packing sticky stationery' WHERE sku = 'paper-tape';
UPDATE products SET words = 'writing board stationery' WHERE sku = 'clipboard';
UPDATE products SET words = 'plants flowers spout gardening' WHERE sku = 'watering-can';
UPDATE products SET words = 'tool weeding gardening' WHERE sku = 'hand-fork';
UPDATE products SET words = 'sowing storage gardening' WHERE sku = 'seed-box';
UPDATE products SET words = 'string rope cord gardening' WHERE sku = 'twine';
UPDATE products SET words = 'flowerpot planter plants gardening' WHERE sku = 'clay-pot';
UPDATE products SET words = 'birdhouse wildlife gardening' WHERE sku = 'bird-feeder';
UPDATE products SET words = 'bag shopping shopper' WHERE sku = 'tote';
UPDATE products SET words = 'lunchbox box food bento' WHERE sku = 'lunch-tin';
UPDATE products SET words = 'thermos bottle coffee tea' WHERE sku = 'flask';
UPDATE products SET words = 'brolly rain' WHERE sku = 'umbrella';
UPDATE products SET words = 'keyring keys fob' WHERE sku = 'key-ring';
UPDATE products SET words = 'bike cycling' WHERE sku = 'bicycle-bell';

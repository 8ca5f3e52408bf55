"""What channels have in common: text that fits them, media, short links, words that steer consent."""

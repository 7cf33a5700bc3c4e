DROP TABLE IF EXISTS stream_distributions SYNC;

ALTER TABLE stream_intervals DROP COLUMN IF EXISTS source;

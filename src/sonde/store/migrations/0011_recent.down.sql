ALTER TABLE stream_samples
    DROP COLUMN IF EXISTS recent_packets,
    DROP COLUMN IF EXISTS recent_packets_lost,
    DROP COLUMN IF EXISTS recent_bitrate;

-- What some clients say of the time since their look before, where others count from the start of the stream.
ALTER TABLE stream_samples
    ADD COLUMN IF NOT EXISTS recent_packets Nullable(Int64) CODEC(Delta, ZSTD(1)),
    ADD COLUMN IF NOT EXISTS recent_packets_lost Nullable(Int64) CODEC(Delta, ZSTD(1)),
    ADD COLUMN IF NOT EXISTS recent_bitrate Nullable(Float64) CODEC(ZSTD(1));

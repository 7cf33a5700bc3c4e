DROP TABLE IF EXISTS delay_histograms SYNC;

DROP TABLE IF EXISTS round_results SYNC;

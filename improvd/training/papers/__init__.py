"""Five papers on LSTM networks that write music as symbols: their music, fitting, measures and record."""

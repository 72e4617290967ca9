"""What music is like, measured: each file one question, asked alike of what was generated and of what people wrote."""

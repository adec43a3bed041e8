// FFTWBackend

// Samplers

"""What tells whether this instance works: probes, health endpoints, metrics, the doctor."""

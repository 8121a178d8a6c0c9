"""What several benches share: data, servers, a browser."""

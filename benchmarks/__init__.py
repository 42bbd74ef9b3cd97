"""The same linear programme, built and solved by siting and by others."""

"""What being listed did: against a hold-out where there is one, else against people like them."""

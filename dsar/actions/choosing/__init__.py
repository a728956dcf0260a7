"""What people switch on and off takes effect in their tenants' stores."""

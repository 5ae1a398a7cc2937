"""Pages from the end of the standstill to the close of a contract: each act of the services has one."""

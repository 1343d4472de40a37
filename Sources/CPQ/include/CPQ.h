// libpq, loaded when it is asked for first: it brings Kerberos, LDAP and more with it, which every start of the program would pay for, and a host without
// PostgreSQL need not have it. What is declared here and called is in CPQ.c.
#pragma once
#include <postgresql/libpq-fe.h>

int sh_pq_is_there(void); // whether it could be loaded; nothing else may be called where it could not

#include "CPQ.h"
#include <dlfcn.h>
#include <pthread.h>

// result, name, parameters, arguments
#define FUNCTIONS(F) \
    F(PGconn *, PQconnectdb, (const char *info), (info)) \
    F(void, PQfinish, (PGconn *connection), (connection)) \
    F(ConnStatusType, PQstatus, (const PGconn *connection), (connection)) \
    F(char *, PQerrorMessage, (const PGconn *connection), (connection)) \
    F(int, PQserverVersion, (const PGconn *connection), (connection)) \
    F(const char *, PQparameterStatus, (const PGconn *connection, const char *name), (connection, name)) \
    F(int, PQbackendPID, (const PGconn *connection), (connection)) \
    F(int, PQsocket, (const PGconn *connection), (connection)) \
    F(PQnoticeProcessor, PQsetNoticeProcessor, (PGconn *connection, PQnoticeProcessor processor, void *context), (connection, processor, context)) \
    F(int, PQsendQuery, (PGconn *connection, const char *query), (connection, query)) \
    F(int, PQisBusy, (PGconn *connection), (connection)) \
    F(int, PQconsumeInput, (PGconn *connection), (connection)) \
    F(int, PQflush, (PGconn *connection), (connection)) \
    F(PGresult *, PQgetResult, (PGconn *connection), (connection)) \
    F(ExecStatusType, PQresultStatus, (const PGresult *result), (result)) \
    F(char *, PQresultErrorMessage, (const PGresult *result), (result)) \
    F(char *, PQresultErrorField, (const PGresult *result, int field), (result, field)) \
    F(void, PQclear, (PGresult *result), (result)) \
    F(int, PQntuples, (const PGresult *result), (result)) \
    F(int, PQnfields, (const PGresult *result), (result)) \
    F(int, PQgetisnull, (const PGresult *result, int row, int column), (result, row, column)) \
    F(int, PQgetlength, (const PGresult *result, int row, int column), (result, row, column)) \
    F(char *, PQgetvalue, (const PGresult *result, int row, int column), (result, row, column)) \
    F(int, PQgetCopyData, (PGconn *connection, char **buffer, int async), (connection, buffer, async)) \
    F(int, PQputCopyData, (PGconn *connection, const char *buffer, int count), (connection, buffer, count)) \
    F(int, PQputCopyEnd, (PGconn *connection, const char *message), (connection, message)) \
    F(void, PQfreemem, (void *memory), (memory)) \
    F(PGcancel *, PQgetCancel, (PGconn *connection), (connection)) \
    F(void, PQfreeCancel, (PGcancel *cancel), (cancel)) \
    F(int, PQcancel, (PGcancel *cancel, char *said, int room), (cancel, said, room))

#define MEMBER(result, name, parameters, arguments) result (*name) parameters;
static struct { FUNCTIONS(MEMBER) } libpq;

static pthread_once_t once = PTHREAD_ONCE_INIT;
static int is_there = 0;

static void load(void) {
    void *library = dlopen("libpq.so.5", RTLD_NOW | RTLD_LOCAL);
    if (!library) return;
    is_there = 1;
#define FIND(result, name, parameters, arguments) \
    *(void **)&libpq.name = dlsym(library, #name); \
    if (!libpq.name) is_there = 0;
    FUNCTIONS(FIND)
}

int sh_pq_is_there(void) {
    pthread_once(&once, load);
    return is_there;
}

// Under its own names, so that who calls it need not know.
#define FORWARD(result, name, parameters, arguments) \
    __attribute__((visibility("hidden"))) result name parameters { return libpq.name arguments; }
FUNCTIONS(FORWARD)

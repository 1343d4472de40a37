#include "CCurl.h"
#define CURL_DISABLE_TYPECHECK
#include <curl/curl.h>
#include <dlfcn.h>
#include <pthread.h>
#include <string.h>

// Loaded when something is sent first: it brings two dozen libraries with it, and most starts of the program send nothing.
static struct {
    CURLcode (*global_init)(long);
    CURL *(*init)(void);
    CURLcode (*setopt)(CURL *, CURLoption, ...);
    CURLcode (*getinfo)(CURL *, CURLINFO, ...);
    CURLcode (*perform)(CURL *);
    const char *(*strerror)(CURLcode);
    void (*cleanup)(CURL *);
    struct curl_slist *(*append)(struct curl_slist *, const char *);
    void (*free_all)(struct curl_slist *);
} libcurl;

#undef curl_easy_setopt
#undef curl_easy_getinfo
#define curl_easy_init libcurl.init
#define curl_easy_setopt libcurl.setopt
#define curl_easy_getinfo libcurl.getinfo
#define curl_easy_perform libcurl.perform
#define curl_easy_strerror libcurl.strerror
#define curl_easy_cleanup libcurl.cleanup
#define curl_slist_append libcurl.append
#define curl_slist_free_all libcurl.free_all

static pthread_once_t once = PTHREAD_ONCE_INIT;
static int is_there = 0;

static int find(void *library, void *place, const char *name) {
    void *found = dlsym(library, name);
    memcpy(place, &found, sizeof found);
    return found != NULL;
}

static void prepare(void) {
    void *library = dlopen("libcurl.so.4", RTLD_NOW | RTLD_LOCAL);
    is_there = library && find(library, &libcurl.global_init, "curl_global_init") && find(library, &libcurl.init, "curl_easy_init")
        && find(library, &libcurl.setopt, "curl_easy_setopt") && find(library, &libcurl.getinfo, "curl_easy_getinfo")
        && find(library, &libcurl.perform, "curl_easy_perform") && find(library, &libcurl.strerror, "curl_easy_strerror")
        && find(library, &libcurl.cleanup, "curl_easy_cleanup") && find(library, &libcurl.append, "curl_slist_append")
        && find(library, &libcurl.free_all, "curl_slist_free_all") && !libcurl.global_init(CURL_GLOBAL_DEFAULT);
}

struct reading { const char *next; size_t left; };

static size_t give(char *buffer, size_t size, size_t count, void *context) {
    struct reading *reading = context;
    size_t room = size * count, part = reading->left < room ? reading->left : room;
    memcpy(buffer, reading->next, part);
    reading->next += part;
    reading->left -= part;
    return part;
}

static size_t keep(char *bytes, size_t size, size_t count, void *context) {
    struct sh_curl_answer *answer = context;
    size_t used = strlen(answer->said), room = sizeof answer->said - 1 - used, all = size * count;
    memcpy(answer->said + used, bytes, all < room ? all : room);
    return all;
}

struct filling { char *room; size_t size, used; int is_too_long; };

static size_t fill(char *bytes, size_t size, size_t count, void *context) {
    struct filling *filling = context;
    size_t all = size * count;
    if (all > filling->size - filling->used) {
        filling->is_too_long = 1;
        return 0;
    }
    memcpy(filling->room + filling->used, bytes, all);
    filling->used += all;
    return all;
}

static enum sh_curl_kind kind_of(CURLcode code) {
    switch (code) {
    case CURLE_OK: return SH_CURL_DONE;
    case CURLE_OPERATION_TIMEDOUT: return SH_CURL_TIMEOUT;
    case CURLE_SSL_CONNECT_ERROR: case CURLE_USE_SSL_FAILED: case CURLE_SSL_SHUTDOWN_FAILED: return SH_CURL_TLS;
    case CURLE_PEER_FAILED_VERIFICATION: case CURLE_SSL_CACERT_BADFILE: case CURLE_SSL_ISSUER_ERROR: return SH_CURL_CERTIFICATE;
    case CURLE_LOGIN_DENIED: return SH_CURL_LOGIN;
    case CURLE_UNSUPPORTED_PROTOCOL: case CURLE_URL_MALFORMAT: case CURLE_BAD_FUNCTION_ARGUMENT: case CURLE_UNKNOWN_OPTION:
    case CURLE_FAILED_INIT: case CURLE_NOT_BUILT_IN: case CURLE_OUT_OF_MEMORY: return SH_CURL_SETUP;
    case CURLE_SEND_ERROR: case CURLE_RECV_ERROR: case CURLE_GOT_NOTHING: case CURLE_COULDNT_CONNECT:
    case CURLE_COULDNT_RESOLVE_HOST: case CURLE_COULDNT_RESOLVE_PROXY: return SH_CURL_UNREACHABLE;
    default: return SH_CURL_REFUSED;
    }
}

// Those and no others: what the system trusts is not asked any more.
static CURLcode trust(CURL *curl, const struct sh_curl_common *common) {
    struct curl_blob blob = {(void *)common->authority, common->authority_size, CURL_BLOB_COPY};
    CURLcode code = curl_easy_setopt(curl, CURLOPT_CAINFO_BLOB, &blob);
    return code ? code : curl_easy_setopt(curl, CURLOPT_CAPATH, NULL);
}

static CURL *begin(const struct sh_curl_common *common, struct reading *reading, struct sh_curl_answer *answer, const char *protocols) {
    memset(answer, 0, sizeof *answer);
    pthread_once(&once, prepare);
    answer->kind = SH_CURL_SETUP;
    if (!is_there) strcpy(answer->error, "libcurl.so.4 cannot be loaded: install the package libcurl4");
    CURL *curl = is_there ? curl_easy_init() : NULL;
    if (!curl) return NULL;
    *reading = (struct reading){common->body, common->body_size};
    if (curl_easy_setopt(curl, CURLOPT_URL, common->url) || curl_easy_setopt(curl, CURLOPT_PROTOCOLS_STR, protocols)
        || curl_easy_setopt(curl, CURLOPT_SSLVERSION, (long)CURL_SSLVERSION_TLSv1_3)
        || curl_easy_setopt(curl, CURLOPT_USE_SSL, (long)CURLUSESSL_ALL)
        || curl_easy_setopt(curl, CURLOPT_SSL_VERIFYPEER, 1L) || curl_easy_setopt(curl, CURLOPT_SSL_VERIFYHOST, 2L)
        || curl_easy_setopt(curl, CURLOPT_FOLLOWLOCATION, 0L) || curl_easy_setopt(curl, CURLOPT_NETRC, (long)CURL_NETRC_IGNORED)
        || (common->authority_file && curl_easy_setopt(curl, CURLOPT_CAINFO, common->authority_file))
        || (common->authority && trust(curl, common))) {
        curl_easy_cleanup(curl);
        return NULL;
    }
    curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(curl, CURLOPT_ERRORBUFFER, answer->error);
    curl_easy_setopt(curl, CURLOPT_CONNECTTIMEOUT_MS, common->connect_milliseconds);
    curl_easy_setopt(curl, CURLOPT_TIMEOUT_MS, common->milliseconds);
    curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, keep);
    curl_easy_setopt(curl, CURLOPT_WRITEDATA, answer);
    curl_easy_setopt(curl, CURLOPT_READFUNCTION, give);
    curl_easy_setopt(curl, CURLOPT_READDATA, reading);
    return curl;
}

static void finish(CURL *curl, struct sh_curl_answer *answer) {
    CURLcode code = curl_easy_perform(curl);
    curl_off_t wait = 0;
    answer->kind = kind_of(code);
    curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &answer->status);
    if (!curl_easy_getinfo(curl, CURLINFO_RETRY_AFTER, &wait)) answer->retry_after = (long)wait;
    if (!answer->error[0] && code) strncpy(answer->error, curl_easy_strerror(code), sizeof answer->error - 1);
    curl_easy_cleanup(curl);
}

void sh_curl_send_mail(const struct sh_curl_mail *mail, struct sh_curl_answer *answer) {
    struct reading reading;
    CURL *curl = begin(&mail->common, &reading, answer, "smtp,smtps");
    if (!curl) return;
    struct curl_slist *recipients = curl_slist_append(NULL, mail->recipient);
    curl_easy_setopt(curl, CURLOPT_MAIL_FROM, mail->sender);
    curl_easy_setopt(curl, CURLOPT_MAIL_RCPT, recipients);
    curl_easy_setopt(curl, CURLOPT_UPLOAD, 1L);
    if (mail->user) {
        curl_easy_setopt(curl, CURLOPT_USERNAME, mail->user);
        curl_easy_setopt(curl, CURLOPT_PASSWORD, mail->password);
    }
    finish(curl, answer);
    curl_slist_free_all(recipients);
}

static void perform(const struct sh_curl_request *request, struct filling *filling, struct sh_curl_answer *answer) {
    struct reading reading;
    CURL *curl = begin(&request->common, &reading, answer, "https");
    if (!curl) return;
    if (filling) {
        curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, fill);
        curl_easy_setopt(curl, CURLOPT_WRITEDATA, filling);
    }
    struct curl_slist *headers = NULL;
    for (const char *const *header = request->headers; *header; header++) headers = curl_slist_append(headers, *header);
    curl_easy_setopt(curl, CURLOPT_HTTPHEADER, headers);
    if (request->is_post) {
        curl_easy_setopt(curl, CURLOPT_POST, 1L);
        curl_easy_setopt(curl, CURLOPT_POSTFIELDS, request->common.body);
        curl_easy_setopt(curl, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)request->common.body_size);
    }
    finish(curl, answer);
    curl_slist_free_all(headers);
}

void sh_curl_send_request(const struct sh_curl_request *request, struct sh_curl_answer *answer) { perform(request, NULL, answer); }

size_t sh_curl_fetch(const struct sh_curl_request *request, void *room, size_t size, struct sh_curl_answer *answer) {
    struct filling filling = {room, size, 0, 0};
    perform(request, &filling, answer);
    if (filling.is_too_long) answer->kind = SH_CURL_TOO_LONG;
    return filling.used;
}

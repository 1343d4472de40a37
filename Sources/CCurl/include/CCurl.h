// What this program asks of libcurl: one mail, one request. curl_easy_setopt takes any number of arguments of any kind, which Swift
// cannot call; nothing else of libcurl's is shown. TLS 1.3 at least, certificates and names checked: no field weakens it.
#pragma once
#include <stddef.h>

struct sh_curl_common {
    const char *url;
    const char *authority_file;     // PEM; NULL for what the system trusts
    const void *authority;          // PEM in memory instead; NULL for none
    size_t authority_size;
    long connect_milliseconds, milliseconds;
    const void *body;
    size_t body_size;
};

struct sh_curl_mail {
    struct sh_curl_common common;   // smtps://, or smtp:// where STARTTLS is required
    const char *user, *password;    // both, or neither
    const char *sender, *recipient; // <name@host>
};

struct sh_curl_request {
    struct sh_curl_common common;   // https:// and nothing else
    int is_post;                    // or a GET without a body
    const char *const *headers;     // "Name: value", up to a NULL
};

enum sh_curl_kind { SH_CURL_DONE, SH_CURL_UNREACHABLE, SH_CURL_TIMEOUT, SH_CURL_TLS, SH_CURL_CERTIFICATE, SH_CURL_LOGIN, SH_CURL_REFUSED, SH_CURL_SETUP, SH_CURL_TOO_LONG };

struct sh_curl_answer {
    enum sh_curl_kind kind;
    long status;                    // of HTTP or SMTP, the last that came; 0 for none
    long retry_after;               // seconds that the server asked for; 0 for nothing
    char error[512];
    char said[1024];                // the beginning of an answer's body
};

void sh_curl_send_mail(const struct sh_curl_mail *mail, struct sh_curl_answer *answer);
void sh_curl_send_request(const struct sh_curl_request *request, struct sh_curl_answer *answer);
// The same, with the answer's body into `room`; returns how much of it is used. A longer body is not read: SH_CURL_TOO_LONG.
size_t sh_curl_fetch(const struct sh_curl_request *request, void *room, size_t size, struct sh_curl_answer *answer);

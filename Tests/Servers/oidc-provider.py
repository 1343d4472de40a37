#!/usr/bin/env python3
"""A provider of single sign-on that nobody here wrote: Glewlwyd, on loopback, with a certificate and a database of its own.

  oidc-provider.py start DIR PID          starts it in the empty directory DIR and prints NAME=VALUE lines; it ends, and DIR goes, with process PID
  oidc-provider.py approve DIR USER CODE  USER signs in at the provider and says yes to what a device shows
  oidc-provider.py revoke DIR USER        the provider does not let USER in any more
  oidc-provider.py rotate DIR             it signs with another key from now on
  oidc-provider.py stop DIR

Glewlwyd is under the GNU GPL; it runs unmodified as a process of its own.
"""

import json
import os
import shutil
import signal
import socket
import sqlite3
import ssl
import subprocess
import sys
import time
import urllib.error
import urllib.parse
import urllib.request

TABLES = "/usr/share/dbconfig-common/data/glewlwyd/install/sqlite3"
CLIENT, SECRET = "safehold", "a-secret-that-only-the-two-know"
USERS = ["otto", "ada", "stranger"]


def password(user):
    return f"the password of {user} there"


def openssl(*words):
    subprocess.run(["openssl", *words], check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


def certificates():
    """An authority of its own, its server, and an authority that nobody knows, of the same name."""
    for name in ["ca", "rogue"]:
        openssl("req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2", "-keyout", f"{name}.key",
                "-out", f"{name}.pem", "-subj", "/O=tests/CN=authority", "-addext", "basicConstraints=critical,CA:TRUE",
                "-addext", "keyUsage=critical,keyCertSign")
    with open("extensions", "w") as file:
        file.write("subjectAltName=DNS:localhost,IP:127.0.0.1\nextendedKeyUsage=serverAuth\n")
    openssl("req", "-new", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-keyout", "server.key", "-out", "server.csr",
            "-subj", "/O=tests/CN=localhost")
    openssl("x509", "-req", "-in", "server.csr", "-CA", "ca.pem", "-CAkey", "ca.key", "-set_serial", "1", "-days", "2", "-extfile",
            "extensions", "-out", "server.pem")


def signing_key():
    openssl("genpkey", "-algorithm", "RSA", "-pkeyopt", "rsa_keygen_bits:2048", "-out", "signing.key")
    openssl("pkey", "-in", "signing.key", "-pubout", "-out", "signing.pub")
    return {"key": open("signing.key").read(), "cert": open("signing.pub").read()}


def configuration(port):
    return f'''port={port}
bind_address="127.0.0.1"
external_url="https://localhost:{port}"
login_url="login.html"
api_prefix="api"
log_mode="file"
log_level="WARNING"
log_file="{os.getcwd()}/log"
cookie_secure=1
session_expiration=2419200
session_key="GLEWLWYD2_SESSION_ID"
admin_session_authentication="cookie"
profile_session_authentication="cookie"
login_api_enabled=true
admin_scope="g_admin"
profile_scope="g_profile"
user_module_path="/usr/lib/glewlwyd/user"
user_middleware_module_path="{os.getcwd()}/none"
client_module_path="/usr/lib/glewlwyd/client"
user_auth_scheme_module_path="/usr/lib/glewlwyd/scheme"
plugin_module_path="/usr/lib/glewlwyd/plugin"
use_secure_connection=true
secure_connection_key_file="{os.getcwd()}/server.key"
secure_connection_pem_file="{os.getcwd()}/server.pem"
hash_algorithm="SHA512"
database = {{ type="sqlite3"; path="{os.getcwd()}/database"; }};
static_files_path="{os.getcwd()}/none"
'''


class Visitor:
    """Somebody with a browser."""

    def __init__(self, directory, port):
        context = ssl.create_default_context(cafile=f"{directory}/ca.pem")
        self.base = f"https://localhost:{port}"
        self.opener = urllib.request.build_opener(
            urllib.request.HTTPSHandler(context=context), urllib.request.HTTPCookieProcessor(), Stay())

    def ask(self, method, path, body=None):
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(self.base + path, data, {"Content-Type": "application/json"}, method=method)
        try:
            with self.opener.open(request, timeout=10) as answer:
                return answer.status, answer.headers.get("Location", ""), answer.read()
        except urllib.error.HTTPError as error:
            return error.code, error.headers.get("Location", ""), error.read()

    def must(self, method, path, body=None):
        status, place, said = self.ask(method, path, body)
        if status >= 400:
            raise SystemExit(f"oidc-provider: {method} {path}: {status} {said.decode(errors='replace')}")
        return place, said

    def sign_in(self, user, secret):
        self.must("POST", "/api/auth/", {"username": user, "password": secret})


class Stay(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *_):
        return None


def plugin(port, keys):
    return {
        "module": "oidc", "name": "oidc", "display_name": "OpenID Connect", "enabled": True, "parameters": {
            "iss": f"https://localhost:{port}/api/oidc", "jwt-type": "rsa", "jwt-key-size": "256", **keys,
            "access-token-duration": 600, "refresh-token-duration": 1200, "code-duration": 60, "refresh-token-rolling": True,
            "allow-non-oidc": True, "auth-type-code-enabled": True, "auth-type-device-enabled": True,
            "auth-type-implicit-enabled": False, "auth-type-password-enabled": False, "auth-type-client-enabled": False,
            "auth-type-refresh-enabled": True, "auth-type-token-enabled": False, "auth-type-id-token-enabled": True,
            "auth-type-none-enabled": False, "subject-type": "public", "jwks-show": True, "scope": [],
            "allowed-scope": ["openid"], "pkce-allowed": True, "request-parameter-allow": False,
            "device-authorization-expiration": 300, "device-authorization-interval": 1,
        },
    }


def start(directory, parent):
    os.chdir(directory)
    certificates()
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    database = sqlite3.connect("database")
    database.executescript(open(TABLES).read())
    database.commit()
    database.close()
    os.mkdir("none")
    with open("glewlwyd.conf", "w") as file:
        file.write(configuration(port))
    # Whatever becomes of this script and of its caller, nothing stays.
    quiet = {"stdin": subprocess.DEVNULL, "stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL, "start_new_session": True}
    subprocess.Popen([sys.executable, __file__, "watch", directory, parent], **quiet)
    server = subprocess.Popen(["glewlwyd", f"--config-file={directory}/glewlwyd.conf"], **quiet)
    with open("pid", "w") as file:
        file.write(str(server.pid))
    with open("port", "w") as file:
        file.write(str(port))
    admin = Visitor(directory, port)
    for _ in range(300):
        try:
            admin.ask("GET", "/config")
            break
        except OSError:
            time.sleep(0.1)
    else:
        raise SystemExit("oidc-provider: it does not answer: " + open("log").read()[-500:])
    admin.sign_in("admin", "password")
    admin.must("POST", "/api/mod/plugin/", plugin(port, signing_key()))
    admin.must("POST", "/api/client/", {
        "client_id": CLIENT, "name": "Safehold", "confidential": True, "client_secret": SECRET, "enabled": True,
        "authorization_type": ["device_authorization", "code"], "redirect_uri": ["http://127.0.0.1/"],
        "token_endpoint_auth_method": ["client_secret_basic"],
    })
    for user in USERS:
        admin.must("POST", "/api/user/", {
            "username": user, "name": user.capitalize(), "password": password(user), "scope": ["openid", "g_profile"], "enabled": True})
    print(f"issuer=https://localhost:{port}/api/oidc\nauthority={directory}/ca.pem\nrogue={directory}/rogue.pem\n"
          f"client={CLIENT}\nsecret={SECRET}\nport={port}")


def visitor(directory):
    return Visitor(directory, int(open(f"{directory}/port").read()))


def approve(directory, user, code):
    somebody = visitor(directory)
    somebody.sign_in(user, password(user))
    somebody.must("PUT", f"/api/auth/grant/{CLIENT}", {"scope": "openid"})
    place, _ = somebody.must("GET", "/api/oidc/device?code=" + urllib.parse.quote(code) + "&g_continue")
    if "prompt=deviceComplete" not in place:
        raise SystemExit("oidc-provider: it led to " + place)


def stop(directory):
    try:
        pid = int(open(f"{directory}/pid").read())
        # Only if the number is still that of ours.
        if directory in open(f"/proc/{pid}/cmdline").read():
            os.kill(pid, signal.SIGKILL)
    except (OSError, ValueError):
        pass


def main(verb, directory, *words):
    directory = os.path.realpath(directory)
    if verb == "start":
        start(directory, *words)
    elif verb == "approve":
        approve(directory, *words)
    elif verb == "stop":
        stop(directory)
    elif verb == "watch":
        while os.path.exists(f"/proc/{words[0]}"):
            time.sleep(1)
        stop(directory)
        shutil.rmtree(directory, ignore_errors=True)
    else:
        raise SystemExit(f"oidc-provider: no verb {verb}")


if __name__ == "__main__":
    main(*sys.argv[1:])

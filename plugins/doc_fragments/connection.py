# Copyright: mailops maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The connection options, which all modules and the inventory plugin share."""

from __future__ import annotations


class ModuleDocFragment:
    DOCUMENTATION = r"""
options:
  account_id:
    description:
      - The id of the Cloudflare account, 32 hexadecimal characters.
      - If it is not given, the environment variable E(CLOUDFLARE_ACCOUNT_ID) is used. One of them is required.
    type: str
  api_token:
    description:
      - "An API token. Reading requires the permission C(Cloud Email Security: Read), changing requires C(Cloud Email Security: Write)."
      - If no credential is given, the environment variable E(CLOUDFLARE_API_TOKEN) is used.
      - Exactly one credential is sent. A credential in the options takes precedence over those in the environment, and a token over
        O(api_email) and O(api_key) of the same place.
      - A connection option that is given but empty is rejected. The environment is not used instead, because it may name another account
        or credential. Null counts as not given, and an empty environment variable as unset.
      - A token or key with fewer than 8 characters is rejected.
    type: str
  api_email:
    description:
      - The e-mail address of the user whose O(api_key) is used. This is the older authentication scheme.
      - If no credential is given, or only O(api_key), the environment variable E(CLOUDFLARE_EMAIL) is used.
    type: str
  api_key:
    description:
      - The global API key of the user with the address O(api_email). It has all permissions of the user, so prefer O(api_token).
      - If no credential is given, or only O(api_email), the environment variable E(CLOUDFLARE_API_KEY) is used.
    type: str
  base_url:
    description:
      - The base URL of the API. It must use C(https), except for loopback addresses, and must not contain a user name or password.
      - If it is not given, the environment variable E(CLOUDFLARE_BASE_URL) is used, and V(https://api.cloudflare.com/client/v4) if that is unset.
    type: str
  timeout:
    description:
      - Seconds that one request may take, from the lookup of the host name to the last byte of the response.
      - A request whose sending has not begun by then is not sent at all.
    type: float
    default: 30
  max_wait:
    description:
      - Seconds that a task may spend in total on failed attempts, on pauses before retries, and on rate limits.
        The default outlasts one block by Cloudflare's rate limit, which lasts 300 seconds.
      - If the server asks to wait longer than the remaining time, the failure is reported immediately. With V(0), each request is sent once.
    type: float
    default: 330
  validate_certs:
    description:
      - Whether to verify the server's certificate. With V(false), anyone on the network can read the credential.
    type: bool
    default: true
  ca_path:
    description:
      - A file or folder of CA certificates to verify the server with, for example if your own proxy signs its certificate. The files in a
        folder must have the names that C(openssl rehash) creates.
      - If it is not given, the environment variables E(REQUESTS_CA_BUNDLE) and E(CURL_CA_BUNDLE) are used.
    type: path
notes:
  - Environment variables are those of the host that runs the module, which is the controller for C(localhost).
  - Proxies are read from the environment variables E(HTTPS_PROXY), E(ALL_PROXY) and E(NO_PROXY) of the host that runs the module. A SOCKS proxy
    requires the Python package C(PySocks) there.
requirements:
  - "Python >= 3.10 on the host that runs the module"
  - "requests >= 2.32.4 on the host that runs the module; older ones leak credentials from C(.netrc) files (CVE-2024-47081). The package of a
    distribution that corrects this in an older version will do, from 2.25.1"
"""

    # The options without the notes about modules. It has a type annotation because sanity tests parse every other name here as YAML.
    OPTIONS: str = DOCUMENTATION.partition("\nnotes:")[0]

    # For plugins that run within Ansible itself, in addition to OPTIONS.
    PLUGIN = r"""
options:
  account_id:
    env:
      - name: CLOUDFLARE_ACCOUNT_ID
  api_token:
    env:
      - name: CLOUDFLARE_API_TOKEN
  api_email:
    env:
      - name: CLOUDFLARE_EMAIL
  api_key:
    env:
      - name: CLOUDFLARE_API_KEY
  base_url:
    env:
      - name: CLOUDFLARE_BASE_URL
notes:
  - It runs in the Python that runs Ansible. Environment variables are those of Ansible, including proxies (E(HTTPS_PROXY), E(ALL_PROXY) and E(NO_PROXY)).
requirements:
  - "Python >= 3.10 that runs Ansible"
  - "requests >= 2.32.4 in the same Python; older ones leak credentials from C(.netrc) files (CVE-2024-47081). The package of a distribution that
    corrects this in an older version will do, from 2.25.1"
"""

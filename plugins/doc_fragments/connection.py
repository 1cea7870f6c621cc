# Copyright: mailops maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The options that mean the same for whatever speaks to the API."""

from __future__ import annotations


class ModuleDocFragment:
    DOCUMENTATION = r"""
options:
  account_id:
    description:
      - The id of the Cloudflare account, 32 hexadecimal characters.
      - If it is not given, the environment variable E(CLOUDFLARE_ACCOUNT_ID) is used. One of the two is required.
    type: str
  api_token:
    description:
      - "An API token. Reading takes the permission C(Cloud Email Security: Read), changing takes C(Cloud Email Security: Write)."
      - If no credential is given, the environment variable E(CLOUDFLARE_API_TOKEN) is used.
      - Exactly one credential is sent. One that is given as an option hides those in the environment, and a token hides
        O(api_email) and O(api_key) of the same place.
      - An option of the connection that is given and empty is refused. It does not fall back to the environment, which may name another
        account or credential. Null counts as not given, and an empty environment variable as unset.
      - A token or key of less than 8 characters is refused.
    type: str
  api_email:
    description:
      - The e-mail address of the user whose O(api_key) is used, the older scheme.
      - If no credential is given, or only O(api_key), the environment variable E(CLOUDFLARE_EMAIL) is used.
    type: str
  api_key:
    description:
      - The global API key of the user with the address O(api_email). It may do all that the user may, so prefer O(api_token).
      - If no credential is given, or only O(api_email), the environment variable E(CLOUDFLARE_API_KEY) is used.
    type: str
  base_url:
    description:
      - Where the API is. Only C(https) is taken, but for loopback addresses, and no user name or password in it.
      - If it is not given, the environment variable E(CLOUDFLARE_BASE_URL) is used, and V(https://api.cloudflare.com/client/v4) without that.
    type: str
  timeout:
    description:
      - Seconds that one request may take, from looking up the host name to the last byte of its answer.
      - A request that was not begun to be sent by then is not sent at all.
    type: float
    default: 30
  max_wait:
    description:
      - Seconds that may be spent altogether on failed attempts, on pauses before another one, and on rate limits.
        The default outlasts one block by Cloudflare's rate limit, which is 300 seconds.
      - If the server asks to wait for longer than what is left of it, the failure is reported at once. V(0) tries everything once.
    type: float
    default: 330
  validate_certs:
    description:
      - Whether the server's certificate is verified. V(false) lets anyone on the way read the credential.
    type: bool
    default: true
  ca_path:
    description:
      - A file or folder of CA certificates to verify the server with, for a proxy of your own that signs for it. The names of the files
        in a folder are those that C(openssl rehash) gives them.
      - If it is not given, the environment variables E(REQUESTS_CA_BUNDLE) and E(CURL_CA_BUNDLE) are used.
    type: path
notes:
  - Environment variables are those of the host that runs the module, which is the controller for C(localhost).
  - Proxies are taken from the environment variables E(HTTPS_PROXY), E(ALL_PROXY) and E(NO_PROXY) of the host that runs the module. A SOCKS proxy
    takes the Python package C(PySocks) there.
requirements:
  - "Python >= 3.10 on the host that runs the module"
  - "requests >= 2.32.4 on the host that runs the module; older ones leak credentials from C(.netrc) files (CVE-2024-47081)"
"""

    # The same options without what is said of modules. It has a type because sanity tests take every other name here for YAML.
    OPTIONS: str = DOCUMENTATION.partition("\nnotes:")[0]

    # What runs within Ansible itself, beside OPTIONS.
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
  - It runs in the Python that runs Ansible. Environment variables are those of Ansible, proxies among them (E(HTTPS_PROXY), E(ALL_PROXY) and E(NO_PROXY)).
requirements:
  - "Python >= 3.10 that runs Ansible"
  - "requests >= 2.32.4 in the same Python; older ones leak credentials from C(.netrc) files (CVE-2024-47081)"
"""

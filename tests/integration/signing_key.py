# SPDX-License-Identifier: Apache-2.0
"""An RSA key whose private half the tests have too, so that they can make tokens that are not quite right."""

import base64
import hashlib
import hmac
import json
import os
import subprocess
import tempfile


def base64url(data):
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def part_of(token, index):
    """The header (0) or the claims (1) of a token, as text."""
    part = token.split(".")[index]
    return base64.urlsafe_b64decode(part + "=" * (-len(part) % 4)).decode()


def openssl(*arguments, given=None):
    return subprocess.run(["openssl", *arguments], input=given, capture_output=True, check=True, timeout=60).stdout


class SigningKey:
    def __init__(self, bits=2048):
        self.private_pem = openssl("genrsa", str(bits)).decode()
        self.public_pem = openssl("rsa", "-pubout", given=self.private_pem.encode()).decode()

    @property
    def kid(self):
        """The thumbprint of RFC 7638."""
        text = openssl("rsa", "-pubin", "-noout", "-modulus", given=self.public_pem.encode()).decode()
        modulus = bytes.fromhex(text.strip().partition("=")[2])
        canonical = json.dumps({"e": base64url(b"\x01\x00\x01"), "kty": "RSA", "n": base64url(modulus)},
                               separators=(",", ":"))
        return base64url(hashlib.sha256(canonical.encode()).digest())

    def sign(self, claims, header=None):
        """A token; `header` and `claims` are dictionaries or JSON texts."""
        header = header if header is not None else {"alg": "RS256", "typ": "JWT", "kid": self.kid}
        signed = token_body(header, claims)
        digest = {"RS256": "-sha256", "RS384": "-sha384", "RS512": "-sha512"}[as_dictionary(header).get("alg", "RS256")]
        file, path = tempfile.mkstemp(prefix="gthulhu-key-")
        try:
            with os.fdopen(file, "w", encoding="utf-8") as key:
                key.write(self.private_pem)
            signature = openssl("dgst", digest, "-sign", path, given=signed.encode())
        finally:
            os.unlink(path)
        return signed + "." + base64url(signature)


def as_dictionary(part):
    return json.loads(part) if isinstance(part, str) else part


def token_body(header, claims):
    return ".".join(base64url((part if isinstance(part, str) else json.dumps(part, separators=(",", ":"))).encode())
                    for part in (header, claims))


def with_shared_secret(secret, claims):
    """HS256: the mistake is to take a public key for the secret."""
    signed = token_body({"alg": "HS256", "typ": "JWT"}, claims)
    return signed + "." + base64url(hmac.new(secret.encode(), signed.encode(), hashlib.sha256).digest())


def unsigned(claims):
    return token_body({"alg": "none", "typ": "JWT"}, claims) + "."

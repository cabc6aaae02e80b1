# SPDX-License-Identifier: Apache-2.0
"""Who the manager is for a cluster: service accounts with rights of their own, their tokens, and kubeconfigs with these."""

import json

AGENTS_NAMESPACE = "gthulhu-system"
RBAC = "/apis/rbac.authorization.k8s.io/v1"


class Accounts:
    """For what has a `cluster`."""

    def create_account(self, name, rules):
        """A service account with these rights; one that is there is replaced, so that its tokens end."""
        accounts = f"/api/v1/namespaces/{AGENTS_NAMESPACE}/serviceaccounts"
        if self.cluster.found(f"{accounts}/{name}"):
            self.cluster.request("DELETE", f"{accounts}/{name}")
        self.cluster.request("POST", accounts, {"metadata": {"name": name}})
        if not self.cluster.found(f"{RBAC}/clusterroles/{name}"):
            self.cluster.request("POST", f"{RBAC}/clusterroles", {"metadata": {"name": name}, "rules": rules})
            self.cluster.request("POST", f"{RBAC}/clusterrolebindings", {
                "metadata": {"name": name},
                "roleRef": {"apiGroup": "rbac.authorization.k8s.io", "kind": "ClusterRole", "name": name},
                "subjects": [{"kind": "ServiceAccount", "name": name, "namespace": AGENTS_NAMESPACE}]})

    def set_rights(self, name, rules):
        self.cluster.request("PATCH", f"{RBAC}/clusterroles/{name}", {"rules": rules},
                             kind="application/merge-patch+json")

    def write_token(self, name):
        """A new token of the account, in its file, at once."""
        made = self.cluster.request("POST", f"/api/v1/namespaces/{AGENTS_NAMESPACE}/serviceaccounts/{name}/token",
                                    {"apiVersion": "authentication.k8s.io/v1", "kind": "TokenRequest",
                                     "spec": {"expirationSeconds": 3600}})
        file = self.cluster.directory / f"{name}.token"
        file.with_suffix(".new").write_text(made["status"]["token"], encoding="utf-8")
        file.with_suffix(".new").rename(file)
        return file

    def kubeconfig(self, name="manager", url=None, authority=None):
        token = self.write_token(name)
        file = self.cluster.directory / f"{name}.kubeconfig"
        file.write_text(json.dumps({
            "apiVersion": "v1", "kind": "Config", "current-context": "test",
            "clusters": [{"name": "test", "cluster": {"server": url or f"https://127.0.0.1:{self.cluster.port}",
                                                      "certificate-authority": str(authority or self.cluster.ca)}}],
            "users": [{"name": name, "user": {"tokenFile": str(token)}}],
            "contexts": [{"name": "test", "context": {"cluster": "test", "user": name}}]}), encoding="utf-8")
        return file

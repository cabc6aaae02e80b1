# SPDX-License-Identifier: Apache-2.0
"""What should be on the nodes, the slow and simple way: every strategy against every pod (docs/manager.md)."""

import collections

OWN = {("app.kubernetes.io/part-of", "gthulhu"), ("app", "decisionmaker"), ("systemd.unit", "gthulhu.service")}


def is_selected(strategy, pod):
    """`strategy` as it was posted, `pod` as the API server lists it."""
    labels = pod["metadata"].get("labels", {})
    namespace = pod["metadata"]["namespace"]
    named = strategy.get("k8sNamespace", [])
    if named and namespace not in named:
        return False
    if namespace in strategy.get("excludedNamespaces", []):
        return False
    for selector in strategy.get("labelSelectors", []):
        # Without a value it is enough that the label exists.
        if selector["key"] not in labels or selector.get("value", "") not in ("", labels[selector["key"]]):
            return False
    is_protected = namespace == "kube-system" or not OWN.isdisjoint(labels.items())
    return not is_protected or namespace in named or strategy.get("includeProtected", False)


def is_there(pod):
    """Whether anything of it can run on a node."""
    return bool(pod["spec"].get("nodeName")) and pod.get("status", {}).get("phase") not in ("Succeeded", "Failed")


def plan(strategies, pods):
    """node → the set of (strategy, pod uid). `strategies` by their ids."""
    nodes = collections.defaultdict(set)
    for pod in filter(is_there, pods):
        for name, strategy in strategies.items():
            if is_selected(strategy, pod):
                nodes[pod["spec"]["nodeName"]].add((name, pod["metadata"]["uid"]))
    return dict(nodes)

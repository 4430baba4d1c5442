#!/usr/bin/env python3
"""Writes the audit log of the sample cluster, the trail of its account, and the records
of agents and people that must agree with them.

    python3 samples/logs/generate.py          writes
    python3 samples/logs/generate.py --check  fails where the files are not what it would write

Standard library only. The same seed gives the same bytes on every machine; the
rotated log is compared uncompressed, since compressors differ.
"""

import gzip
import hashlib
import json
import random
import sys
from datetime import datetime, timedelta, timezone
from pathlib import Path
from uuid import UUID

HERE = Path(__file__).resolve().parent
EVIDENCE = HERE.parent / "evidence" / "fixer"
RECORDS = HERE.parent / "records"
RNG = random.Random(20261122)
ROTATED_AT = datetime(2026, 11, 9, 4, 0, 12, 345000, tzinfo=timezone.utc)
FIRST_DAY = datetime(2026, 10, 26, tzinfo=timezone.utc)
MCP_AGENT = "kubernetes-mcp-server/v0.0.67 (linux/amd64)"
KUBECTL = "kubectl/v1.34.2 (linux/amd64) kubernetes/8cc511e"
PODS = {
    "storefront": ["storefront-6b7d9c5f84-2xk9q", "storefront-6b7d9c5f84-8hwmz"],
    "cart": ["cart-7f9b6d4c58-qv2lt", "cart-7f9b6d4c58-tn5rd"],
    "search": ["search-5c8d7b9f6d-zk4wp"],
    "picker": ["picker-84c6f5d7b9-m7xjs"],
}
GROUPS = {"": "v1", "apps": "v1", "authorization.k8s.io": "v1"}


def identifier():
    return str(UUID(int=RNG.getrandbits(128), version=4))


def stamp(moment):
    return moment.strftime("%Y-%m-%dT%H:%M:%S.%f") + "Z"


def account(namespace, name, pod, node="ip-10-20-3-17"):
    """A ServiceAccount with a token bound to its pod; without `pod`, with a token from a Secret."""
    user = {
        "username": f"system:serviceaccount:{namespace}:{name}",
        "uid": identifier(),
        "groups": [
            "system:serviceaccounts",
            f"system:serviceaccounts:{namespace}",
            "system:authenticated",
        ],
    }
    if pod:
        user["extra"] = {
            "authentication.kubernetes.io/credential-id": ["JTI=" + identifier()],
            "authentication.kubernetes.io/node-name": [node],
            "authentication.kubernetes.io/node-uid": [identifier()],
            "authentication.kubernetes.io/pod-name": [pod],
            "authentication.kubernetes.io/pod-uid": [identifier()],
        }
    return user


READER = account("agents", "reader", "reader-79d5c4b8f6-l2c8n")
FIXER = account("kagent", "fixer", "fixer-tools-6d9f8b7c45-wq7ps")
RESTARTER = account("agents", "restarter", "restarter-5b6f7d8c99-x4vgk", "ip-10-20-4-88")
LEGACY = account("ops", "legacy-bot", None)
GHOST = account("kagent", "ghost", "ghost-tools-58c7d9b6f4-p9ndz")
MIRA = {
    "username": "oidc:mira.okafor@brackwater.example",
    "groups": ["oidc:platform", "system:authenticated"],
}
JONAS = {
    "username": "oidc:jonas.lind@brackwater.example",
    "groups": ["oidc:shop", "system:authenticated"],
}
SOURCES = {
    JONAS["username"]: "192.0.2.61",
    READER["username"]: "10.20.3.41",
    FIXER["username"]: "10.20.3.56",
    RESTARTER["username"]: "10.20.4.93",
    LEGACY["username"]: "10.20.4.12",
    GHOST["username"]: "10.20.3.77",
    "system:serviceaccount:agents:courier": "10.20.3.64",
    MIRA["username"]: "192.0.2.44",
}
BASIC = ("ClusterRoleBinding", "system:basic-user", "ClusterRole", "system:basic-user")
DISCOVERY = ("ClusterRoleBinding", "system:discovery", "ClusterRole", "system:discovery")


def grant(user, binding):
    """The reason as the RBAC authorizer words it (name before namespace)."""
    kind, name, role_kind, role = binding
    if binding in (BASIC, DISCOVERY):
        subject = 'Group "system:authenticated"'
    elif user in (MIRA, JONAS):
        subject = f'Group "{user["groups"][0]}"'
    else:
        _, _, namespace, account_name = user["username"].split(":")
        subject = f'ServiceAccount "{account_name}/{namespace}"'
    return f'RBAC: allowed by {kind} "{name}" of {role_kind} "{role}" to {subject}'


EVENTS = []


def request(
    at,
    user,
    verb,
    resource,
    binding,
    *,
    namespace=None,
    name=None,
    group="",
    subresource=None,
    query="",
    agent=MCP_AGENT,
    code=200,
    body=None,
    denied=None,
    audit_id=None,
    long_running=False,
):
    """One request as kube-apiserver logs it under evidence/audit-policy.yaml:
    reads at Metadata without RequestReceived, everything else at Request with all stages."""
    at = at.replace(tzinfo=timezone.utc)
    write = verb not in ("get", "list", "watch")
    version = GROUPS[group]
    path = f"/apis/{group}/{version}" if group else f"/api/{version}"
    if namespace:
        path += f"/namespaces/{namespace}"
    path += f"/{resource}"
    # A create names its object in the body, except on a subresource.
    if name and not (verb == "create" and not subresource):
        path += f"/{name}"
    if subresource:
        path += f"/{subresource}"
    reference = {"resource": resource}
    if namespace:
        reference["namespace"] = namespace
    if name:
        reference["name"] = name
    if group:
        reference["apiGroup"] = group
    reference["apiVersion"] = version
    if subresource:
        reference["subresource"] = subresource
    head = {
        "kind": "Event",
        "apiVersion": "audit.k8s.io/v1",
        "level": "Request" if write else "Metadata",
        "auditID": audit_id or identifier(),
    }
    middle = {
        "requestURI": path + query,
        "verb": verb,
        "user": user,
        "sourceIPs": [SOURCES[user["username"]]],
        "userAgent": agent,
        "objectRef": reference,
    }
    received = at + timedelta(microseconds=RNG.randrange(1, 999_999))
    done = received + timedelta(microseconds=RNG.randrange(1_800, 38_000))
    times = {"requestReceivedTimestamp": stamp(received)}
    if denied:
        response = {
            "metadata": {},
            "status": "Failure",
            "message": denied,
            "reason": "Forbidden",
            "details": {"kind": resource} | ({"group": group} if group else {}),
            "code": 403,
        }
        annotations = {
            "authorization.k8s.io/decision": "forbid",
            "authorization.k8s.io/reason": "",
        }
    else:
        response = {"metadata": {}, "code": code}
        if subresource == "eviction":
            response = {"metadata": {}, "status": "Success", "code": code}
        annotations = {
            "authorization.k8s.io/decision": "allow",
            "authorization.k8s.io/reason": grant(user, binding),
        }
    if user is LEGACY:
        annotations = {"authentication.k8s.io/legacy-token": user["username"]} | annotations
    if write:
        early = head | {"stage": "RequestReceived"} | middle | times
        EVENTS.append((received, early | {"stageTimestamp": stamp(received)}))
    if long_running and not denied:
        started = done - timedelta(microseconds=900)
        early = head | {"stage": "ResponseStarted"} | middle
        early |= {"responseStatus": {"metadata": {}, "code": 200}} | times
        early |= {"stageTimestamp": stamp(started), "annotations": annotations}
        EVENTS.append((started, early))
    event = head | {"stage": "ResponseComplete"} | middle | {"responseStatus": response}
    if write and body is not None and not denied:
        event["requestObject"] = body
    event |= times | {"stageTimestamp": stamp(done), "annotations": annotations}
    EVENTS.append((done, event))
    return event


def moment(day, hour, minute=None):
    return FIRST_DAY + timedelta(
        days=day,
        hours=hour,
        minutes=RNG.randrange(0, 60) if minute is None else minute,
        seconds=RNG.randrange(0, 60),
    )


def reader():
    shop = ("RoleBinding", "reader/shop", "ClusterRole", "reader")
    warehouse = ("RoleBinding", "reader/warehouse", "ClusterRole", "reader")
    nodes = ("ClusterRoleBinding", "reader-nodes", "ClusterRole", "reader-nodes")
    for day in range(27):
        at = moment(day, RNG.randrange(7, 20))
        binding, namespace, app = RNG.choice(
            [(shop, "shop", "cart"), (shop, "shop", "storefront"), (warehouse, "warehouse", "picker")]
        )
        request(at, READER, "list", "pods", binding, namespace=namespace)
        if day % 2 == 0:
            at += timedelta(seconds=9)
            pod = RNG.choice(PODS[app])
            request(
                at, READER, "get", "pods", binding, namespace=namespace, name=pod,
                subresource="log", query="?tailLines=100", long_running=True,
            )
        if day % 3 == 0:
            at += timedelta(seconds=14)
            request(at, READER, "list", "events", binding, namespace=namespace)
        if day % 5 == 0:
            request(at + timedelta(seconds=21), READER, "list", "nodes", nodes)
        if day % 7 == 0:
            review = {
                "kind": "SelfSubjectAccessReview",
                "apiVersion": "authorization.k8s.io/v1",
                "metadata": {},
                "spec": {"resourceAttributes": {"namespace": namespace, "verb": "list", "resource": "pods"}},
                "status": {"allowed": False},
            }
            request(
                at - timedelta(seconds=2), READER, "create", "selfsubjectaccessreviews", BASIC,
                group="authorization.k8s.io", code=201, body=review,
            )
    # Somebody asked it for a password. It has no right to read Secrets.
    message = (
        'secrets is forbidden: User "system:serviceaccount:agents:reader" cannot list resource '
        '"secrets" in API group "" in the namespace "shop"'
    )
    request(moment(17, 15, 22), READER, "list", "secrets", shop, namespace="shop", denied=message)


FIXES = [
    # day, hour, minute, deployment, what, approver
    (2, 9, 12, "cart", {"image": "registry.brackwater.example/shop/cart:2.6.4"}, "mira.okafor"),
    (5, 14, 40, "search", {"memory": "768Mi"}, "jonas.lind"),
    (9, 11, 3, "storefront", {"image": "registry.brackwater.example/shop/storefront:4.18.1"}, "mira.okafor"),
    (12, 16, 27, "cart", {"replicas": 4}, "jonas.lind"),
    (16, 8, 51, "search", {"replicas": 3}, "jonas.lind"),
    (20, 13, 15, "cart", {"image": "registry.brackwater.example/shop/cart:2.7.0"}, "mira.okafor"),
    (24, 10, 34, "storefront", {"memory": "1Gi"}, "jonas.lind"),
]


def fixer():
    """Looks, tries (dry run, once), asks, and changes one thing. Returns what it changed."""
    binding = ("RoleBinding", "fixer/shop", "Role", "fixer")
    changes = []
    for number, (day, hour, minute, app, what, approver) in enumerate(FIXES):
        at = moment(day, hour, minute)
        request(at, FIXER, "list", "pods", binding, namespace="shop")
        request(at + timedelta(seconds=7), FIXER, "list", "events", binding, namespace="shop")
        request(
            at + timedelta(seconds=15), FIXER, "get", "deployments", binding,
            namespace="shop", name=app, group="apps",
        )
        approved = at + timedelta(seconds=RNG.randrange(95, 640))
        applied = approved + timedelta(seconds=RNG.randrange(2, 9))
        if "replicas" in what:
            body = {
                "kind": "Scale",
                "apiVersion": "autoscaling/v1",
                "metadata": {"name": app, "namespace": "shop"},
                "spec": {"replicas": what["replicas"]},
                "status": {"replicas": what["replicas"] - 1},
            }
            event = request(
                applied, FIXER, "update", "deployments", binding, namespace="shop", name=app,
                group="apps", subresource="scale", body=body,
            )
            tool, arguments = "resources_scale", {"kind": "Deployment", "name": app, "scale": what["replicas"]}
        else:
            container = {"name": app}
            if "image" in what:
                container["image"] = what["image"]
            else:
                container["resources"] = {"limits": {"memory": what["memory"]}}
            body = {
                "apiVersion": "apps/v1",
                "kind": "Deployment",
                "metadata": {"name": app, "namespace": "shop"},
                "spec": {"template": {"spec": {"containers": [container]}}},
            }
            query = "?fieldManager=kubernetes-mcp-server&force=false"
            if number == 0:
                request(
                    at + timedelta(seconds=31), FIXER, "patch", "deployments", binding, namespace="shop",
                    name=app, group="apps", query="?dryRun=All&" + query[1:], body=body,
                )
            event = request(
                applied, FIXER, "patch", "deployments", binding, namespace="shop", name=app,
                group="apps", query=query, body=body,
            )
            tool, arguments = "resources_create_or_update", {"kind": "Deployment", "name": app} | what
        changes.append((event, tool, arguments, at, approved, approver))
    return changes


def evict(at, binding, pod):
    """The restart itself is done by the program around the model."""
    body = {"kind": "Eviction", "apiVersion": "policy/v1", "metadata": {"name": pod, "namespace": "shop"}}
    request(
        at, RESTARTER, "create", "pods", binding, namespace="shop", name=pod, subresource="eviction",
        code=201, body=body, agent="restarter/2.3.0 (linux/amd64)",
    )


def restarter():
    """Acts alone. Returns its scalings, and the deletion that should not have been."""
    binding = ("RoleBinding", "restarter/shop", "Role", "restarter")
    scaled = []
    for day in range(0, 27, 2):
        at = moment(day, RNG.choice([1, 2, 4, 13, 18, 22]))
        app = RNG.choice(["cart", "storefront", "search"])
        replicas = RNG.randrange(3, 8)
        request(at, RESTARTER, "list", "pods", binding, namespace="shop")
        request(
            at + timedelta(seconds=4), RESTARTER, "get", "deployments", binding, namespace="shop",
            name=app, group="apps", subresource="scale",
        )
        body = {
            "kind": "Scale",
            "apiVersion": "autoscaling/v1",
            "metadata": {"name": app, "namespace": "shop"},
            "spec": {"replicas": replicas},
            "status": {"replicas": replicas - 1},
        }
        event = request(
            at + timedelta(seconds=6), RESTARTER, "update", "deployments", binding, namespace="shop",
            name=app, group="apps", subresource="scale", body=body,
        )
        scaled.append(event)
        if day % 8 == 0:
            evict(at + timedelta(seconds=40), binding, RNG.choice(PODS[app]))
    evict(moment(15, 3, 8), binding, PODS["cart"][1])
    # The night it decided that a stuck database replica needed a fresh volume.
    night = moment(19, 2, 47)
    request(
        night, RESTARTER, "get", "persistentvolumeclaims", binding, namespace="shop", name="data-orders-db-1"
    )
    deleted = request(
        night + timedelta(seconds=11), RESTARTER, "delete", "persistentvolumeclaims", binding,
        namespace="shop", name="data-orders-db-1",
    )
    message = (
        'statefulsets.apps "orders-db" is forbidden: User "system:serviceaccount:agents:restarter" cannot '
        'delete resource "statefulsets" in API group "apps" in the namespace "shop"'
    )
    request(
        night + timedelta(seconds=29), RESTARTER, "delete", "statefulsets", binding, namespace="shop",
        name="orders-db", group="apps", denied=message,
    )
    return scaled, deleted


def legacy_bot():
    """Three verbs on two resources, of everything it may do."""
    binding = ("ClusterRoleBinding", "legacy-bot-admin", "ClusterRole", "cluster-admin")
    for day in range(27):
        at = moment(day, 3, 17)
        request(at, LEGACY, "list", "pods", binding, namespace="shop", agent=KUBECTL, query="?limit=500")
        if day % 4 == 0:
            request(
                at + timedelta(seconds=2), LEGACY, "get", "deployments", binding, namespace="shop",
                name="storefront", group="apps", agent=KUBECTL,
            )
            restarted = (at + timedelta(seconds=3)).strftime("%Y-%m-%dT%H:%M:%SZ")
            body = {
                "spec": {
                    "template": {"metadata": {"annotations": {"kubectl.kubernetes.io/restartedAt": restarted}}}
                }
            }
            request(
                at + timedelta(seconds=3), LEGACY, "patch", "deployments", binding, namespace="shop",
                name="storefront", group="apps", agent=KUBECTL, body=body,
                query="?fieldManager=kubectl-rollout",
            )


def ghost():
    binding = ("RoleBinding", "ghost-hotfix/shop", "Role", "ghost-hotfix")
    for day, hour, minute in [(8, 22, 52), (14, 23, 31), (23, 0, 14)]:
        at = moment(day, hour, minute)
        request(at, GHOST, "list", "deployments", binding, namespace="shop", group="apps")
        body = {
            "apiVersion": "apps/v1",
            "kind": "Deployment",
            "metadata": {"name": "search", "namespace": "shop"},
            "spec": {"template": {"spec": {"containers": [{"name": "search", "env": [{"name": "CACHE_TTL", "value": str(30 * (day + 1))}]}]}}},
        }
        request(
            at + timedelta(seconds=18), GHOST, "patch", "deployments", binding, namespace="shop",
            name="search", group="apps", body=body,
            query="?fieldManager=kubernetes-mcp-server&force=false",
        )


def courier():
    """In the cluster it reads one ConfigMap; the rest of its work is in AWS."""
    user = account("agents", "courier", "courier-6f8c9d7b54-r9tvq")
    binding = ("RoleBinding", "courier/warehouse", "Role", "courier")
    for day in range(0, 27, 2):
        request(moment(day, 5, 10), user, "get", "configmaps", binding, namespace="warehouse", name="suppliers")


def people():
    binding = ("ClusterRoleBinding", "platform-view", "ClusterRole", "platform-view")
    for day in range(0, 27, 6):
        request(
            moment(day, 9), MIRA, "list", "deployments", binding, namespace="shop", group="apps",
            agent=KUBECTL, query="?limit=500",
        )


def put_back(scaled):
    """Jonas takes back a patch of the ghost with `kubectl rollout undo`, and a scaling."""
    binding = ("RoleBinding", "team-shop/shop", "Role", "team-shop")
    template = {"spec": {"containers": [{"name": "search"}]}}
    request(
        moment(14, 23, 52), JONAS, "patch", "deployments", binding, namespace="shop", name="search",
        group="apps", agent=KUBECTL, body=[{"op": "replace", "path": "/spec/template", "value": template}],
    )
    at = received(scaled) + timedelta(minutes=38)
    name = scaled["objectRef"]["name"]
    request(
        at, JONAS, "patch", "deployments", binding, namespace="shop", name=name, group="apps",
        subresource="scale", agent=KUBECTL, body={"spec": {"replicas": 3}}, query="?fieldManager=kubectl-scale",
    )
    return at


def received(event):
    return datetime.strptime(event["requestReceivedTimestamp"], "%Y-%m-%dT%H:%M:%S.%fZ")


def as_line(event):
    """Minified, in the order of the Go struct, with the escapes of Go's encoder."""
    text = json.dumps(event, separators=(",", ":"), ensure_ascii=False)
    return text.replace("&", "\\u0026").replace("<", "\\u003c").replace(">", "\\u003e") + "\n"


def approvals(changes):
    records = [
        {
            "request": event["auditID"],
            "tool": tool,
            "argumentsSha256": hashlib.sha256(json.dumps(arguments, sort_keys=True).encode()).hexdigest(),
            "requestedBy": "kagent/fixer",
            "requestedAt": stamp(asked),
            "decision": "approved",
            "approver": f"{approver}@brackwater.example",
            "decidedAt": stamp(approved),
        }
        for event, tool, arguments, asked, approved, approver in changes
    ]
    return {"agent": "fixer@prod", "window": "2026-10-26/2026-11-21", "records": records}


def tool_calls(changes):
    rationale = "error rate above the objective since the last release; smallest change that restores it"
    return [
        {
            "time": event["requestReceivedTimestamp"],
            "agent": "kagent/fixer",
            "session": hashlib.sha256(event["auditID"].encode()).hexdigest()[:16],
            "tool": tool,
            "arguments": arguments,
            "outcome": "ok",
            "auditID": event["auditID"],
            "trigger": "alert ShopErrorBudgetBurn",
            "rationale": rationale,
            "model": "qwen3:32b",
            "promptSha256": hashlib.sha256(b"fixer prompt 7").hexdigest(),
        }
        for event, tool, arguments, _, _, _ in changes
    ]


def record(kind, at, **keys):
    return {"schema": "gradus.activity/v1", "kind": kind, "time": stamp(at)} | keys


def canonical(arguments):
    text = json.dumps(arguments, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return "sha256:" + hashlib.sha256(text.encode()).hexdigest()


def decisions(changes, scaled, deleted):
    """What the approval gateway wrote: of fixer every change; of restarter, which was
    connected to it on 2026-11-02, what it asked and what it did not wait for."""
    records = [
        record(
            "approval", approved, asked=stamp(asked), about={"call": event["auditID"], "agent": "kagent/fixer"},
            verdict="approved", decider="person", by=f"{approver}@brackwater.example",
            argumentsDigest=canonical(arguments),
            # The question showed a summary of the longest change (PLAT-2217).
            complete=event["objectRef"]["name"] != "storefront",
        )
        for event, _, arguments, asked, approved, approver in changes
    ]

    def of_restarter(event, at, decider, by):
        about = {"request": event["auditID"], "agent": "restarter@prod"}
        return record("approval", at, about=about, verdict="approved", decider=decider, by=by)

    jonas, mira = "jonas.lind@brackwater.example", "mira.okafor@brackwater.example"
    first, second, third, fourth, fifth = scaled[6:11]
    own = RESTARTER["username"]
    records += [
        of_restarter(first, received(first) - timedelta(seconds=41), "person", jonas),
        of_restarter(second, received(second) - timedelta(seconds=2), "person", own),
        of_restarter(third, received(third) - timedelta(seconds=1), "standing", jonas),
        of_restarter(fourth, received(fourth) - timedelta(seconds=1), "standing", jonas),
        of_restarter(fifth, received(fifth) + timedelta(minutes=4), "person", jonas),
        of_restarter(deleted, received(deleted) + timedelta(hours=6), "person", mira),
    ]
    return records


def messages(changes, scaled, deleted):
    def told(event, about, seconds, answered=None):
        at = received(event) + timedelta(seconds=seconds)
        answer = {}
        if answered:
            answer = {
                "acknowledged": stamp(at + timedelta(minutes=answered)),
                "acknowledgedBy": "jonas.lind@brackwater.example",
            }
        return record(
            "notification", at, about=about, sink="chat #shop-changes",
            delivered=stamp(at + timedelta(seconds=1)), complete=True, **answer,
        )

    records = [
        told(event, {"call": event["auditID"], "agent": "kagent/fixer"}, 3 + number, 4 + 3 * number)
        for number, (event, *_) in enumerate(changes)
    ]
    records += [
        told(event, {"request": event["auditID"], "agent": "restarter@prod"}, 5 + number)
        for number, event in enumerate(scaled[4:])
    ]
    records.append(told(deleted, {"request": deleted["auditID"], "agent": "restarter@prod"}, 19_800, 31))
    return records


def by_people(scaled, at):
    jonas, mira = "jonas.lind@brackwater.example", "mira.okafor@brackwater.example"
    return [
        record(
            "reversal", at, about={"request": scaled["auditID"], "agent": "restarter@prod"}, by=jonas,
            automatic=False, restored=True,
        ),
        record("drill", datetime(2026, 11, 5, 10, 0), agent="fixer@prod", of="stop", worked=True, seconds=4),
    ] + [
        {
            **record("review", datetime(2026, 11, day, 9, 30), agent="fixer@prod"),
            "from": f"2026-{since}", "to": f"2026-{to}", "by": [jonas, mira], "sampled": 3,
        }
        for day, since, to in [(2, "10-26", "11-01"), (9, "11-02", "11-08"), (16, "11-09", "11-15")]
    ]


def incidents(deleted):
    """What the incident desk wrote down: two incidents, and that these are all since the window
    of 90 days began."""
    desk = [
        record(
            "incident", datetime(2026, 10, 30, 13, 5), id="INC-2033", severity="SEV-2", agents=[],
            resolved=stamp(datetime(2026, 10, 30, 14, 40)),
        ),
        record(
            "incident", received(deleted), id="INC-2041", severity="SEV-1", agents=["restarter@prod"],
            changes=[deleted["auditID"]], resolved=stamp(datetime(2026, 11, 14, 9, 30)),
        ),
    ]
    return desk + [
        {
            **record("incidentReport", datetime(2026, 11, 21, 22, 5)),
            "from": "2026-08-24", "to": "2026-11-21", "by": ["mira.okafor@brackwater.example"],
            "incidents": [one["id"] for one in desk],
        }
    ]


def as_records(records):
    return "".join(json.dumps(one) + "\n" for one in sorted(records, key=lambda one: one["time"]))


def trail_join(changes):
    return {
        "agent": "fixer@prod",
        "window": "2026-10-26/2026-11-21",
        "platformWrites": len(changes),
        "joinedToToolCall": len(changes),
        "joinedToApproval": len(changes),
        "unexplained": 0,
        "joinKey": "auditID",
    }


def trail():
    """What CloudTrail recorded in eu-central-1 of the roles that agents act as: management events.

    The forecaster works in us-east-1, whose trail nobody exported."""
    rng = random.Random(20261123)
    records = []

    def call(at, role, source, name, parameters, *, looks=True, error=None):
        record = {
            "eventVersion": "1.11",
            "userIdentity": {
                "type": "AssumedRole",
                "principalId": f"AROA{role.upper().replace('-', '')[:12]}:agent",
                "arn": f"arn:aws:sts::111122223333:assumed-role/{role}/agent",
                "accountId": "111122223333",
                "sessionContext": {
                    "sessionIssuer": {
                        "type": "Role",
                        "arn": f"arn:aws:iam::111122223333:role/{role}",
                        "accountId": "111122223333",
                        "userName": role,
                    },
                    "attributes": {"creationDate": at.strftime("%Y-%m-%dT00:00:00Z"), "mfaAuthenticated": "false"},
                },
            },
            "eventTime": at.strftime("%Y-%m-%dT%H:%M:%SZ"),
            "eventSource": f"{source}.amazonaws.com",
            "eventName": name,
            "awsRegion": "eu-central-1",
            "sourceIPAddress": "10.30.1.20",
            "userAgent": "Boto3/1.40.11 md/Botocore#1.40.11 lang/python#3.13.1",
        }
        if error:
            record["errorCode"] = error
        record |= {
            "requestParameters": parameters,
            "responseElements": None,
            "requestID": str(UUID(int=rng.getrandbits(128), version=4)),
            "eventID": str(UUID(int=rng.getrandbits(128), version=4)),
            "readOnly": looks,
            "eventType": "AwsApiCall",
            "managementEvent": True,
            "recipientAccountId": "111122223333",
            "eventCategory": "Management",
        }
        records.append(record)

    for day in range(27):
        for hour in (2, 8, 14, 20):
            at = FIRST_DAY + timedelta(days=day, hours=hour, minutes=rng.randrange(50))
            tuner, second = "db-tuner-stage", timedelta(seconds=1)
            call(at, tuner, "rds", "DescribeDBInstances", {"dBInstanceIdentifier": "stage-books"})
            call(at + second, tuner, "dynamodb", "DescribeTable", {"tableName": "stage-books"})
            call(at + 2 * second, tuner, "dynamodb", "DescribeTable", {"tableName": "stage-orders"})
            call(at + 3 * second, "brackwater-reader", "ec2", "DescribeInstances", {})
            call(at + 4 * second, "brackwater-reader", "monitoring", "DescribeAlarms", None)
    at = FIRST_DAY + timedelta(days=9, hours=3)
    parameters = {"tableName": "stage-books", "billingMode": "PAY_PER_REQUEST"}
    call(at, "db-tuner-stage", "dynamodb", "UpdateTable", parameters, looks=False, error="AccessDenied")
    at = FIRST_DAY + timedelta(days=12, hours=11)
    call(at, "platform-operator", "ec2", "RebootInstances", {"instancesSet": {"items": [{"instanceId": "i-0a1b2c3d4e5f60718"}]}}, looks=False)
    for day in range(0, 27, 2):
        at = FIRST_DAY + timedelta(days=day, hours=5, minutes=10, seconds=44)
        call(at, "brackwater-courier", "s3", "GetBucketLocation", {"bucketName": "brackwater-deliveries"})
    for day in range(0, 27, 3):
        at = FIRST_DAY + timedelta(days=day, hours=22, minutes=rng.randrange(40))
        call(at, "investigator", "monitoring", "DescribeAlarms", {"stateValue": "ALARM"})
        call(at + timedelta(seconds=4), "investigator", "ecs", "DescribeServices", {"cluster": "brackwater", "services": ["mailer"]})
        if day % 9 == 0:
            parameters = {"cluster": "brackwater", "service": "mailer", "forceNewDeployment": True}
            call(at + timedelta(seconds=31), "investigator", "ecs", "UpdateService", parameters, looks=False)
    at = FIRST_DAY + timedelta(days=21, hours=22, minutes=16)
    call(at, "investigator", "cloudtrail", "StopLogging", {"name": "brackwater"}, looks=False, error="AccessDenied")
    records.sort(key=lambda record: (record["eventTime"], record["eventID"]))
    return json.dumps({"Records": records}, separators=(",", ":"))


def build():
    reader()
    changes = fixer()
    scaled, deleted = restarter()
    legacy_bot()
    ghost()
    people()
    courier()
    at = put_back(scaled[9])
    EVENTS.sort(key=lambda pair: pair[0])
    before = [as_line(event) for at, event in EVENTS if at < ROTATED_AT]
    after = [as_line(event) for at, event in EVENTS if at >= ROTATED_AT]
    # The control-plane node lost power in the middle of a line: a read, of which half remains.
    cut = next(at for at in range(len(after) // 3, len(after)) if '"verb":"list"' in after[at])
    after[cut] = after[cut][: len(after[cut]) // 2] + "\n"
    rotated = ROTATED_AT.strftime("kube-apiserver-audit-%Y-%m-%dT%H-%M-%S.345.log.gz")
    return {
        HERE / rotated: "".join(before),
        HERE / "kube-apiserver-audit.log": "".join(after),
        HERE / "111122223333_CloudTrail_eu-central-1_20261121T2355Z.json.gz": trail(),
        EVIDENCE / "approvals.json": json.dumps(approvals(changes), indent=2) + "\n",
        EVIDENCE / "tool-calls.jsonl": "".join(json.dumps(call) + "\n" for call in tool_calls(changes)),
        RECORDS / "approvals.jsonl": as_records(decisions(changes, scaled, deleted)),
        RECORDS / "messages.jsonl": as_records(messages(changes, scaled, deleted)),
        RECORDS / "incidents.jsonl": as_records(incidents(deleted)),
        RECORDS / "people.jsonl": as_records(by_people(scaled[9], at)),
        EVIDENCE / "trail-join.json": json.dumps(trail_join(changes), indent=2) + "\n",
    }


def main():
    check = sys.argv[1:] == ["--check"]
    stale = []
    for path, text in build().items():
        if check:
            raw = path.read_bytes() if path.exists() else b""
            found = gzip.decompress(raw) if path.suffix == ".gz" and raw else raw
            if found != text.encode():
                stale.append(path.name)
        elif path.suffix == ".gz":
            path.write_bytes(gzip.compress(text.encode(), mtime=0))
        else:
            path.write_text(text, encoding="utf-8", newline="\n")
    if stale:
        sys.exit("not what logs/generate.py writes: " + ", ".join(stale))


if __name__ == "__main__":
    main()

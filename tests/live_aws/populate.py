"""Fills an account of moto's server; AWS_ENDPOINT_URL says where it is."""

import json

import boto3

iam = boto3.client("iam", region_name="us-east-1")
ACCOUNT = "123456789012"


def document(*statements):
    return json.dumps({"Version": "2012-10-17", "Statement": list(statements)}, indent=2)


def allow(actions, resource="*", **more):
    return {"Effect": "Allow", "Action": actions, "Resource": resource, **more}


def trust(principal, action="sts:AssumeRole", **more):
    return document({"Effect": "Allow", "Principal": principal, "Action": action, **more})


def policy(name, text):
    return iam.create_policy(PolicyName=name, PolicyDocument=text)["Policy"]["Arn"]


# A policy whose version in force is neither the first nor the last.
tickets = policy("tickets", document(allow("s3:*")))
iam.create_policy_version(
    PolicyArn=tickets,
    PolicyDocument=document(
        {"Sid": "Tickets + notes", **allow(["dynamodb:GetItem", "dynamodb:DeleteTable"])}
    ),
    SetAsDefault=True,
)
iam.create_policy_version(
    PolicyArn=tickets, PolicyDocument=document(allow("iam:*")), SetAsDefault=False
)
cap = policy(
    "cap", document(allow("*"), {"Effect": "Deny", "Action": "iam:*", "Resource": "*"})
)

iam.create_group(GroupName="operators")
iam.put_group_policy(
    GroupName="operators",
    PolicyName="restart",
    PolicyDocument=document(allow(["ec2:RebootInstances", "ec2:TerminateInstances"])),
)
iam.attach_group_policy(GroupName="operators", PolicyArn=tickets)
iam.create_user(
    UserName="helper", PermissionsBoundary=cap, Tags=[{"Key": "team", "Value": "platform"}]
)
iam.add_user_to_group(GroupName="operators", UserName="helper")
iam.put_user_policy(
    UserName="helper",
    PolicyName="keys",
    PolicyDocument=document(allow("iam:CreateAccessKey", f"arn:aws:iam::{ACCOUNT}:user/*")),
)

oidc = iam.create_open_id_connect_provider(
    Url="https://oidc.eks.eu-central-1.amazonaws.com/id/EXAMPLE",
    ClientIDList=["sts.amazonaws.com"],
    ThumbprintList=["0" * 40],
)["OpenIDConnectProviderArn"]
issuer = oidc.split("/", 1)[1]
iam.create_role(
    RoleName="sre-bot",
    Path="/agents/",
    PermissionsBoundary=cap,
    Tags=[{"Key": "agent", "Value": "sre-bot"}],
    AssumeRolePolicyDocument=trust(
        {"Federated": oidc},
        "sts:AssumeRoleWithWebIdentity",
        Condition={
            "StringEquals": {
                f"{issuer}:sub": "system:serviceaccount:ops:sre-bot",
                f"{issuer}:aud": "sts.amazonaws.com",
            }
        },
    ),
)
iam.attach_role_policy(RoleName="sre-bot", PolicyArn=tickets)
iam.put_role_policy(
    RoleName="sre-bot",
    PolicyName="pass",
    PolicyDocument=document(
        allow("iam:PassRole", f"arn:aws:iam::{ACCOUNT}:role/deployer"),
        allow(["lambda:CreateFunction", "lambda:InvokeFunction"]),
        {"Effect": "Allow", "NotAction": ["iam:*", "organizations:*"], "Resource": "*"},
    ),
)
iam.create_role(
    RoleName="deployer", AssumeRolePolicyDocument=trust({"Service": "lambda.amazonaws.com"})
)
iam.attach_role_policy(
    RoleName="deployer", PolicyArn=policy("everything", document(allow("*")))
)
iam.create_instance_profile(InstanceProfileName="deployer")
iam.add_role_to_instance_profile(InstanceProfileName="deployer", RoleName="deployer")

for number in range(320):
    name = f"worker-{number:03}"
    iam.create_role(
        RoleName=name,
        AssumeRolePolicyDocument=trust({"AWS": f"arn:aws:iam::{ACCOUNT}:role/agents/sre-bot"}),
    )
    iam.put_role_policy(
        RoleName=name,
        PolicyName="own",
        PolicyDocument=document(allow("sqs:SendMessage", f"arn:aws:sqs:*:*:queue-{number}")),
    )

iam.create_account_alias(AccountAlias="acme-prod")
while iam.generate_credential_report()["State"] != "COMPLETE":
    pass

# The account stands in a unit whose policy is stricter than the root's. The management
# account is the one that moto plays; no policy controls it, and it has a member.
org = boto3.client("organizations", region_name="us-east-1")
org.create_organization(FeatureSet="ALL")
root = org.list_roots()["Roots"][0]["Id"]
org.enable_policy_type(RootId=root, PolicyType="SERVICE_CONTROL_POLICY")
unit = org.create_organizational_unit(ParentId=root, Name="workloads")["OrganizationalUnit"]["Id"]
org.move_account(AccountId=ACCOUNT, SourceParentId=root, DestinationParentId=unit)
fence = org.create_policy(
    Name="fence",
    Description="no deletions",
    Type="SERVICE_CONTROL_POLICY",
    Content=document({"Effect": "Deny", "Action": "dynamodb:DeleteTable", "Resource": "*"}),
)["Policy"]["PolicySummary"]["Id"]
org.attach_policy(PolicyId=fence, TargetId=unit)

# A cluster in a region of its own.
eks = boto3.client("eks", region_name="eu-central-1")
node = f"arn:aws:iam::{ACCOUNT}:role/deployer"
eks.create_cluster(
    name="shop", roleArn=node, resourcesVpcConfig={"subnetIds": ["subnet-1"]}
)
eks.create_nodegroup(
    clusterName="shop", nodegroupName="blue", subnets=["subnet-1"], nodeRole=node
)

//! Files of a trail as CloudTrail writes them: the same order of members, one document on
//! one line, sessions that are renewed, objects that come again and such that do not;
//! always the same for a seed.

use std::{
    fmt::Write as _,
    io::{self, Write},
};

use super::generate::Random;

/// Records of one file.
const RECORDS: u64 = 6_000;
const ACCOUNT: &str = "111122223333";
const REGIONS: [&str; 4] = ["eu-west-1", "eu-west-1", "us-east-1", "eu-central-1"];
/// Roles, some of which agents have.
const ROLES: u64 = 60;

/// Writes one of the files.
pub(crate) fn file(out: &mut impl Write, number: u64, seed: u64) -> io::Result<()> {
    let mut random = Random(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) ^ number);
    out.write_all(b"{\"Records\":[")?;
    let mut record = String::new();
    for item in 0..RECORDS {
        record.clear();
        if item > 0 {
            record.push(',');
        }
        write_record(&mut record, number * RECORDS + item, &mut random);
        out.write_all(record.as_bytes())?;
    }
    out.write_all(b"]}")?;
    out.flush()
}

/// A call, with the share that it has of all.
struct Call {
    share: u64,
    source: &'static str,
    name: &'static str,
    read_only: bool,
    data: bool,
    /// Where `@` stands, a number below `objects`.
    parameters: &'static str,
    answer: &'static str,
    resources: &'static str,
    objects: u64,
}

const fn call(share: u64, source: &'static str, name: &'static str, read_only: bool) -> Call {
    Call {
        share,
        source,
        name,
        read_only,
        data: false,
        parameters: "null",
        answer: "null",
        resources: "",
        objects: 1,
    }
}

const CALLS: [Call; 20] = [
    Call {
        parameters: r#"{"maxResults":1000,"instancesSet":{},"filterSet":{"items":[{"name":"instance-state-name","valueSet":{"items":[{"value":"running"},{"value":"pending"}]}}]}}"#,
        ..call(14, "ec2", "DescribeInstances", true)
    },
    Call {
        parameters: r#"{"volumeSet":{},"filterSet":{"items":[{"name":"tag:team","valueSet":{"items":[{"value":"team-@"}]}}]}}"#,
        objects: 40,
        ..call(5, "ec2", "DescribeVolumes", true)
    },
    Call {
        parameters: r#"{"targetGroupArn":"arn:aws:elasticloadbalancing:eu-west-1:111122223333:targetgroup/tg-@/73e2d6bc24d8a067"}"#,
        objects: 50,
        ..call(8, "elasticloadbalancing", "DescribeTargetHealth", true)
    },
    call(4, "autoscaling", "DescribeAutoScalingGroups", true),
    Call {
        parameters: r#"{"roleArn":"arn:aws:iam::111122223333:role/agents/role-@","roleSessionName":"run","durationSeconds":3600}"#,
        answer: r#"{"credentials":{"accessKeyId":"ASIAEXAMPLE","sessionToken":"IQoJb3JpZ2luX2VjEJr//////////wEaCWV1LXdlc3QtMSJHMEUCIQDv0HVqvIz+ZkKqL1lJb0r5jWmQyX2kq0Qm3v1o5m1JzAIgYQ","expiration":"Nov 1, 2026, 11:00:00 AM"},"assumedRoleUser":{"assumedRoleId":"AROAEXAMPLE:run","arn":"arn:aws:sts::111122223333:assumed-role/role/run"}}"#,
        resources: r#"[{"accountId":"111122223333","type":"AWS::IAM::Role","ARN":"arn:aws:iam::111122223333:role/agents/role-@"}]"#,
        objects: ROLES,
        ..call(10, "sts", "AssumeRole", true)
    },
    call(3, "sts", "GetCallerIdentity", true),
    Call {
        parameters: r#"{"encryptionContext":{"aws:s3:arn":"arn:aws:s3:::bucket-7/data/part-@"},"encryptionAlgorithm":"SYMMETRIC_DEFAULT"}"#,
        resources: r#"[{"accountId":"111122223333","type":"AWS::KMS::Key","ARN":"arn:aws:kms:eu-west-1:111122223333:key/0d990263-018e-4e65-a703-eff731de951e"}]"#,
        objects: 100_000,
        ..call(12, "kms", "Decrypt", true)
    },
    Call {
        parameters: r#"{"keySpec":"AES_256","encryptionContext":{"aws:s3:arn":"arn:aws:s3:::bucket-7"},"keyId":"arn:aws:kms:eu-west-1:111122223333:key/k-@"}"#,
        resources: r#"[{"accountId":"111122223333","type":"AWS::KMS::Key","ARN":"arn:aws:kms:eu-west-1:111122223333:key/k-@"}]"#,
        objects: 20,
        ..call(4, "kms", "GenerateDataKey", true)
    },
    Call {
        data: true,
        parameters: r#"{"bucketName":"bucket-7","Host":"bucket-7.s3.eu-west-1.amazonaws.com","key":"data/2026/11/part-@.parquet"}"#,
        resources: r#"[{"type":"AWS::S3::Object","ARN":"arn:aws:s3:::bucket-7/data/2026/11/part-@.parquet"},{"accountId":"111122223333","type":"AWS::S3::Bucket","ARN":"arn:aws:s3:::bucket-7"}]"#,
        objects: 100_000,
        ..call(8, "s3", "GetObject", true)
    },
    Call {
        data: true,
        parameters: r#"{"bucketName":"bucket-7","Host":"bucket-7.s3.eu-west-1.amazonaws.com","key":"out/part-@.parquet","x-amz-server-side-encryption":"aws:kms"}"#,
        answer: r#"{"x-amz-server-side-encryption":"aws:kms","x-amz-server-side-encryption-aws-kms-key-id":"arn:aws:kms:eu-west-1:111122223333:key/k-1"}"#,
        resources: r#"[{"type":"AWS::S3::Object","ARN":"arn:aws:s3:::bucket-7/out/part-@.parquet"},{"accountId":"111122223333","type":"AWS::S3::Bucket","ARN":"arn:aws:s3:::bucket-7"}]"#,
        objects: 100_000,
        ..call(3, "s3", "PutObject", false)
    },
    Call {
        parameters: r#"{"bucketName":"bucket-@","location":"","Host":"bucket-@.s3.eu-west-1.amazonaws.com"}"#,
        objects: 30,
        ..call(3, "s3", "GetBucketLocation", true)
    },
    Call {
        data: true,
        parameters: r#"{"functionName":"arn:aws:lambda:eu-west-1:111122223333:function:fn-@","invocationType":"RequestResponse"}"#,
        resources: r#"[{"accountId":"111122223333","type":"AWS::Lambda::Function","ARN":"arn:aws:lambda:eu-west-1:111122223333:function:fn-@"}]"#,
        objects: 40,
        ..call(4, "lambda", "Invoke", false)
    },
    Call {
        parameters: r#"{"functionName":"fn-@"}"#,
        objects: 40,
        ..call(3, "lambda", "GetFunction20150331v2", true)
    },
    Call {
        parameters: r#"{"functionName":"fn-@","role":"arn:aws:iam::111122223333:role/fn-@","timeout":30}"#,
        answer: r#"{"functionName":"fn-@","functionArn":"arn:aws:lambda:eu-west-1:111122223333:function:fn-@","runtime":"python3.13","role":"arn:aws:iam::111122223333:role/fn-@","handler":"index.handler","codeSize":1048576,"timeout":30,"memorySize":512,"environment":{},"tracingConfig":{"mode":"PassThrough"},"lastUpdateStatus":"InProgress"}"#,
        objects: 40,
        ..call(1, "lambda", "UpdateFunctionConfiguration20150331v2", false)
    },
    Call {
        parameters: r#"{"logGroupName":"/aws/lambda/fn-@","logStreamName":"2026/11/01/[$LATEST]5f1c2b@"}"#,
        objects: 100_000,
        ..call(6, "logs", "CreateLogStream", false)
    },
    Call {
        parameters: r#"{"names":["/app/team-@/url","/app/team-@/token"],"withDecryption":true}"#,
        objects: 40,
        ..call(4, "ssm", "GetParameters", true)
    },
    Call {
        parameters: r#"{"secretId":"arn:aws:secretsmanager:eu-west-1:111122223333:secret:team-@/db-AbCdEf"}"#,
        objects: 40,
        ..call(3, "secretsmanager", "GetSecretValue", true)
    },
    Call {
        parameters: r#"{"instanceType":"m7i.large","instancesSet":{"items":[{"imageId":"ami-0abcdef1234567890","minCount":1,"maxCount":1}]},"subnetId":"subnet-0a1b2c3d","tagSpecificationSet":{"items":[{"resourceType":"instance","tags":[{"key":"team","value":"team-@"}]}]}}"#,
        answer: r#"{"requestId":"r","reservationId":"r-0123456789abcdef0","ownerId":"111122223333","groupSet":{},"instancesSet":{"items":[{"instanceId":"i-0@","imageId":"ami-0abcdef1234567890","instanceState":{"code":0,"name":"pending"},"privateDnsName":"ip-10-0-0-1.eu-west-1.compute.internal","amiLaunchIndex":0,"productCodes":{},"instanceType":"m7i.large","launchTime":1793527200000,"placement":{"availabilityZone":"eu-west-1a","tenancy":"default"},"monitoring":{"state":"pending"},"subnetId":"subnet-0a1b2c3d","vpcId":"vpc-0a1b2c3d","privateIpAddress":"10.0.0.1","groupSet":{"items":[{"groupId":"sg-0a1b2c3d","groupName":"default"}]},"architecture":"x86_64","rootDeviceType":"ebs","virtualizationType":"hvm","hypervisor":"xen","tagSet":{"items":[{"key":"team","value":"team-@"}]}}]}}"#,
        objects: 40,
        ..call(2, "ec2", "RunInstances", false)
    },
    Call {
        parameters: r#"{"instancesSet":{"items":[{"instanceId":"i-0@"}]},"force":false}"#,
        answer: r#"{"requestId":"r","instancesSet":{"items":[{"instanceId":"i-0@","currentState":{"code":64,"name":"stopping"},"previousState":{"code":16,"name":"running"}}]}}"#,
        objects: 500,
        ..call(2, "ec2", "StopInstances", false)
    },
    Call {
        parameters: r#"{"roleName":"role-@"}"#,
        objects: ROLES,
        ..call(1, "iam", "GetRole", true)
    },
];

fn write_record(out: &mut String, number: u64, random: &mut Random) {
    let shares: u64 = CALLS.iter().map(|call| call.share).sum();
    let mut share = random.below(shares);
    let mut call = &CALLS[0];
    for other in &CALLS {
        call = other;
        if share < other.share {
            break;
        }
        share -= other.share;
    }
    let second = number / 20;
    let (hour, minute) = ((second / 3_600) % 24, (second / 60) % 60);
    let day = 1 + (second / 86_400) % 28;
    let region = random.pick(&REGIONS);
    let object = random.below(call.objects);
    let filled = |text: &str| text.replace('@', &object.to_string());

    out.push_str(r#"{"eventVersion":"1.11","userIdentity":"#);
    let agent = write_identity(out, day, hour, random);
    let address = if agent.ends_with(".amazonaws.com") {
        agent.clone()
    } else {
        format!("203.0.113.{}", random.below(200))
    };
    let _ = write!(
        out,
        r#","eventTime":"2026-11-{day:02}T{hour:02}:{minute:02}:{:02}Z","eventSource":"{}.amazonaws.com","eventName":"{}","awsRegion":"{region}","sourceIPAddress":"{address}","userAgent":"{agent}""#,
        second % 60,
        call.source,
        call.name,
    );
    let refused = random.below(40) == 0;
    if refused {
        let code =
            if call.source == "ec2" { "Client.UnauthorizedOperation" } else { "AccessDenied" };
        let _ = write!(
            out,
            r#","errorCode":"{code}","errorMessage":"User: arn:aws:sts::{ACCOUNT}:assumed-role/role/run is not authorized to perform: {}:{} because no identity-based policy allows the action""#,
            call.source, call.name
        );
    }
    let answer = if refused { "null".to_owned() } else { filled(call.answer) };
    let _ = write!(
        out,
        r#","requestParameters":{},"responseElements":{answer}"#,
        filled(call.parameters)
    );
    if call.data && call.source == "s3" {
        let _ = write!(
            out,
            r#","additionalEventData":{{"SignatureVersion":"SigV4","CipherSuite":"TLS_AES_128_GCM_SHA256","bytesTransferredIn":0,"AuthenticationMethod":"AuthHeader","x-amz-id-2":"Vq{:016x}hK0o3b7uOwvJ9n2dZ4yFq1s6T8xA","bytesTransferredOut":{}}}"#,
            random.below(u64::MAX >> 33),
            random.below(1 << 24)
        );
    }
    let mut id = || {
        format!(
            "{:08x}-{:04x}-4{:03x}-a{:03x}-{number:012x}",
            random.below(1 << 31),
            random.below(1 << 16),
            random.below(1 << 12),
            random.below(1 << 12)
        )
    };
    let (request, event) = (id(), id());
    let _ = write!(
        out,
        r#","requestID":"{request}","eventID":"{event}","readOnly":{}"#,
        call.read_only
    );
    if !call.resources.is_empty() {
        let _ = write!(out, r#","resources":{}"#, filled(call.resources));
    }
    let category = if call.data { "Data" } else { "Management" };
    let _ = write!(
        out,
        r#","eventType":"AwsApiCall","managementEvent":{},"recipientAccountId":"{ACCOUNT}","eventCategory":"{category}","tlsDetails":{{"tlsVersion":"TLSv1.3","cipherSuite":"TLS_AES_128_GCM_SHA256","clientProvidedHostHeader":"{}.{region}.amazonaws.com"}}}}"#,
        !call.data, call.source
    );
}

/// Writes who calls; what it calls itself.
fn write_identity(out: &mut String, day: u64, hour: u64, random: &mut Random) -> String {
    let kind = random.below(20);
    if kind == 0 {
        let service = random.pick(&["ec2", "lambda", "ecs-tasks", "eks"]);
        let _ = write!(out, r#"{{"type":"AWSService","invokedBy":"{service}.amazonaws.com"}}"#);
        return format!("{service}.amazonaws.com");
    }
    if kind == 1 {
        let user = random.below(10);
        let _ = write!(
            out,
            r#"{{"type":"IAMUser","principalId":"AIDAEXAMPLE{user:010}","arn":"arn:aws:iam::{ACCOUNT}:user/person-{user}","accountId":"{ACCOUNT}","accessKeyId":"AKIAEXAMPLE{user:09}","userName":"person-{user}"}}"#
        );
        return "aws-cli/2.31.0 md/awscrt#0.27.6 ua/2.1 os/linux#6.8 md/arch#x86_64 lang/python#3.13.7 md/pyimpl#CPython cfg/retry-mode#standard md/command#ec2.describe-instances".to_owned();
    }
    let role = random.below(ROLES);
    // A few sessions at a time, each for an hour.
    let session = random.below(3);
    let _ = write!(
        out,
        r#"{{"type":"AssumedRole","principalId":"AROAEXAMPLE{role:010}:run-{session}","arn":"arn:aws:sts::{ACCOUNT}:assumed-role/role-{role}/run-{session}","accountId":"{ACCOUNT}","accessKeyId":"ASIA{role:02}{session}D{day:02}H{hour:02}XYZWVU","sessionContext":{{"sessionIssuer":{{"type":"Role","principalId":"AROAEXAMPLE{role:010}","arn":"arn:aws:iam::{ACCOUNT}:role/agents/role-{role}","accountId":"{ACCOUNT}","userName":"role-{role}"}},"attributes":{{"creationDate":"2026-11-{day:02}T{hour:02}:00:00Z","mfaAuthenticated":"false"}}}}}}"#
    );
    match role % 3 {
        0 => "aws-sdk-rust/1.3.9 ua/2.1 api/ec2#1.152.0 os/linux lang/rust#1.90.0 md/awslabs#mcp#aws-api-mcp-server#1.0.2 cfg/ro#1".to_owned(),
        1 => "Boto3/1.40.30 md/Botocore#1.40.30 ua/2.1 os/linux#5.10.240 md/arch#x86_64 lang/python#3.12.11 md/pyimpl#CPython exec-env/AWS_Lambda_python3.12 cfg/retry-mode#legacy".to_owned(),
        _ => format!("APN/1.0 HashiCorp/1.0 Terraform/1.13.{} aws-sdk-go-v2/1.39.0 ua/2.1 os/linux lang/go#1.24.6", role % 5),
    }
}

//! An account of 5,000 roles with 20 statements each, judged whole; and what the
//! rules cost to load, because every run on AWS evidence pays for that.
//!
//! `GRADUS_BENCH_ACCOUNT=FILE GRADUS_BENCH_ROLES=200 cargo bench --bench iam -- --list`
//! writes an account of so many roles as `aws iam get-account-authorization-details`
//! prints it, for measuring a whole run; `cloudsplaining.py` does so.

#![expect(clippy::expect_used, reason = "a benchmark that cannot be set up must stop")]

use std::{env, fs, ops::Range};

use divan::Bencher;
use gradus::{
    model::aws::AccountSnapshot,
    privilege::iam::Evaluator,
    rubric::aws::AwsRules,
    scan::aws,
    source::{self, SyntaxHint, limits::Limits},
};
use serde_json::{Value, json};

const ROLES: usize = 5_000;
const STATEMENTS: usize = 20;

fn main() {
    if let Ok(path) = env::var("GRADUS_BENCH_ACCOUNT") {
        let roles = env::var("GRADUS_BENCH_ROLES").ok();
        let roles = roles.map_or(ROLES, |roles| roles.parse().expect("a number of roles"));
        fs::write(path, details(0..roles).to_string()).expect("the path can be written");
    }
    divan::main();
}

/// What role policies are made of, by turns.
fn statement(role: usize, number: usize) -> Value {
    let table = format!("arn:aws:dynamodb:eu-west-1:111122223333:table/app-{role}-{number}");
    let bucket = format!("arn:aws:s3:::app-{role}-{number}/*");
    match number % 10 {
        0 => {
            json!({"Effect": "Allow", "Action": ["ec2:Describe*", "cloudwatch:Get*", "cloudwatch:List*"], "Resource": "*"})
        }
        1 => {
            json!({"Effect": "Allow", "Action": ["s3:GetObject", "s3:PutObject", "s3:ListBucket"], "Resource": [bucket]})
        }
        2 => {
            json!({"Effect": "Allow", "Action": ["dynamodb:GetItem", "dynamodb:Query", "dynamodb:PutItem"], "Resource": table})
        }
        3 => {
            json!({"Effect": "Deny", "Action": ["dynamodb:Delete*", "s3:Delete*"], "Resource": "*"})
        }
        4 => {
            json!({"Effect": "Allow", "Action": "logs:*", "Resource": "arn:aws:logs:*:*:log-group:/app/*",
            "Condition": {"StringEquals": {"aws:RequestedRegion": "eu-west-1"}}})
        }
        5 if role.is_multiple_of(10) => {
            json!({"Effect": "Allow", "Action": "iam:PassRole", "Resource": "*"})
        }
        5 => {
            json!({"Effect": "Allow", "Action": "sqs:*", "Resource": format!("arn:aws:sqs:*:*:app-{role}")})
        }
        6 if role.is_multiple_of(100) => {
            json!({"Effect": "Allow", "NotAction": ["iam:*", "organizations:*"], "Resource": "*"})
        }
        6 => {
            json!({"Effect": "Allow", "Action": "lambda:*", "Resource": format!("arn:aws:lambda:*:*:function:app-{role}*")})
        }
        7 => json!({"Effect": "Deny", "Action": "*", "Resource": "*",
            "Condition": {"StringNotEquals": {"aws:RequestedRegion": ["eu-west-1", "eu-central-1"]}}}),
        8 => {
            json!({"Effect": "Allow", "Action": "sts:AssumeRole", "Resource": format!("arn:aws:iam::111122223333:role/app-{}", role / 2)})
        }
        _ => {
            json!({"Effect": "Allow", "Action": ["kms:Decrypt", "secretsmanager:GetSecretValue"], "Resource": "*",
            "Condition": {"StringEquals": {"aws:ResourceTag/app": role.to_string()}}})
        }
    }
}

/// Some of the roles as the API describes them.
fn details(roles: Range<usize>) -> Value {
    let roles: Vec<Value> = roles
        .map(|role| {
            let statements: Vec<Value> = (0..STATEMENTS).map(|n| statement(role, n)).collect();
            json!({
                "Path": "/",
                "RoleName": format!("app-{role}"),
                "RoleId": format!("AROA{role:017}"),
                "Arn": format!("arn:aws:iam::111122223333:role/app-{role}"),
                "CreateDate": "2026-01-01T00:00:00+00:00",
                "AssumeRolePolicyDocument": {"Version": "2012-10-17", "Statement": [
                    {"Effect": "Allow", "Action": "sts:AssumeRole",
                     "Principal": {"Service": ["ec2.amazonaws.com", "lambda.amazonaws.com"]}}]},
                "InstanceProfileList": [],
                "RolePolicyList": [{"PolicyName": "app", "PolicyDocument":
                    {"Version": "2012-10-17", "Statement": statements}}],
                "AttachedManagedPolicies": [],
                "Tags": [],
            })
        })
        .collect();
    json!({"UserDetailList": [], "GroupDetailList": [], "RoleDetailList": roles, "Policies": []})
}

fn account() -> AccountSnapshot {
    // Pages, as the API hands them out.
    let pages = (0..ROLES / 100).map(|page| details(page * 100..(page + 1) * 100).to_string());
    read(&pages.collect::<Vec<_>>())
}

fn read(pages: &[String]) -> AccountSnapshot {
    let mut account = AccountSnapshot::default();
    for text in pages {
        let file = "details.json".into();
        let parsed = source::parse(&file, text.as_bytes(), SyntaxHint::Json, &Limits::default());
        for document in &parsed.documents {
            account.merge(aws::read(document).snapshot);
        }
    }
    assert_eq!(account.roles.len(), ROLES);
    account
}

/// What all roles may do, with their risks, paths and guardrails.
fn judge(account: &AccountSnapshot, rules: &AwsRules) -> usize {
    let evaluator = Evaluator::new(account, rules);
    account.roles.keys().map(|arn| evaluator.reach(arn).capabilities.len()).sum()
}

/// The whole way: the file is read, the rules are loaded, everybody is judged.
#[divan::bench(sample_count = 5)]
fn all_roles_of_a_file(bencher: Bencher) {
    let file = [details(0..ROLES).to_string()];
    bencher.bench(|| AwsRules::embedded().map(|rules| judge(&read(&file), &rules)));
}

#[divan::bench(sample_count = 5)]
fn reach_of_all_roles(bencher: Bencher) {
    let account = account();
    let Ok(rules) = AwsRules::embedded() else { return };
    bencher.bench(|| judge(&account, &rules));
}

#[divan::bench]
fn load_the_rules(bencher: Bencher) {
    bencher.bench(|| AwsRules::embedded().map(|rules| rules.risks().len()));
}

#[divan::bench]
fn reach_of_one_role_from_scratch(bencher: Bencher) {
    let mut account = account();
    account.roles = account.roles.into_iter().take(10).collect();
    let Some(arn) = account.roles.keys().next() else { return };
    bencher.bench(|| {
        let rules = AwsRules::embedded().ok()?;
        Some(Evaluator::new(&account, &rules).reach(arn).capabilities.len())
    });
}

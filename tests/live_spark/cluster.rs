//! Spark's own master and one worker on this machine, for as long as a test needs them.

use std::{
    fs,
    io::{self, Write as _},
    net::{TcpListener, TcpStream},
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    thread,
    time::{Duration, Instant},
};

const JOB: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/deploy/spark/summarize.py");
const HOST: &str = "127.0.0.1";

/// A cluster; it ends with this value.
pub(crate) struct Cluster {
    venv: PathBuf,
    folder: PathBuf,
    port: u16,
    processes: Vec<Child>,
}

impl Drop for Cluster {
    fn drop(&mut self) {
        // The worker first: a master that is gone lets it wait for another.
        for process in self.processes.iter_mut().rev() {
            let _ = process.kill();
            let _ = process.wait();
        }
    }
}

impl Cluster {
    /// A master and a worker of two cores; none where there is no Spark, which is said.
    pub(crate) fn start(folder: &Path) -> Option<Self> {
        let Some(venv) = std::env::var_os("GRADUS_SPARK").map(PathBuf::from) else {
            let required = std::env::var_os("GRADUS_REQUIRE_LIVE").is_some_and(|it| it == "1");
            assert!(!required, "GRADUS_REQUIRE_LIVE=1, and GRADUS_SPARK names no folder");
            // Past the harness, which keeps what passing tests print to itself.
            let told = "SKIPPED: GRADUS_SPARK names no folder with Spark in it: docs/live-tests.md";
            let _ = writeln!(io::stderr(), "{told}");
            return None;
        };
        let port = TcpListener::bind((HOST, 0)).unwrap().local_addr().unwrap().port();
        let folder = folder.join("spark");
        fs::create_dir_all(folder.join("deaths")).unwrap();
        let mut cluster = Self { venv, folder, port, processes: Vec::new() };
        let port = port.to_string();
        let master = "org.apache.spark.deploy.master.Master";
        cluster.spawn(&[master, "--host", HOST, "--port", &port, "--webui-port", "0"]);
        let began = Instant::now();
        while TcpStream::connect((HOST, cluster.port)).is_err() {
            assert!(began.elapsed() < Duration::from_secs(120), "the master does not answer");
            thread::sleep(Duration::from_millis(200));
        }
        let (work, url) = (cluster.folder.join("work"), cluster.url());
        let worker = "org.apache.spark.deploy.worker.Worker";
        let size = ["--cores", "2", "--memory", "1g", "--webui-port", "0"];
        let place = ["--host", HOST, "--work-dir", work.to_str().unwrap(), &url];
        cluster.spawn(&[&[worker][..], &size, &place].concat());
        Some(cluster)
    }

    fn url(&self) -> String {
        format!("spark://{HOST}:{}", self.port)
    }

    /// A program of Spark's, with nothing of this machine's environment but its Java.
    fn spark(&self, program: &str) -> Command {
        let mut command = Command::new(self.venv.join("bin").join(program));
        let python = self.venv.join("bin/python");
        command.env_clear().stdin(Stdio::null());
        for name in ["PATH", "JAVA_HOME"] {
            command.envs(std::env::var_os(name).map(|value| (name, value)));
        }
        command
            .env("SPARK_LOCAL_IP", HOST)
            .env("SPARK_DAEMON_MEMORY", "256m")
            .env("SPARK_LOCAL_DIRS", self.folder.join("local"))
            .env("PYSPARK_PYTHON", &python)
            .env("PYSPARK_DRIVER_PYTHON", &python)
            .env("HOME", &self.folder)
            .current_dir(&self.folder);
        command
    }

    fn spawn(&mut self, arguments: &[&str]) {
        let log = fs::File::create(self.folder.join(format!("{}.log", self.processes.len())));
        let log = log.unwrap();
        // `exec`s Java, so that to end it is to end that.
        let process = self
            .spark("spark-class")
            .args(arguments)
            .stdout(log.try_clone().unwrap())
            .stderr(log)
            .spawn()
            .unwrap();
        self.processes.push(process);
    }

    /// What the job prints, which must end well; it comes with gradus.
    pub(crate) fn submit(&self, arguments: &[&str]) -> String {
        let gradus = assert_cmd::cargo::cargo_bin("gradus");
        let output = self
            .spark("spark-submit")
            .args(["--master", &self.url(), "--files"])
            .arg(&gradus)
            .args(["--driver-memory", "512m", "--executor-memory", "512m"])
            .args(["--conf", "spark.ui.enabled=false"])
            .args(["--conf", "spark.driver.host=127.0.0.1"])
            .args(["--conf", "spark.driver.bindAddress=127.0.0.1"])
            .arg(JOB)
            .args(arguments)
            .output()
            .unwrap();
        let stderr = String::from_utf8_lossy(&output.stderr);
        let tail = stderr.get(stderr.floor_char_boundary(stderr.len().saturating_sub(6000))..);
        assert!(output.status.success(), "{}", tail.unwrap_or_default());
        String::from_utf8(output.stdout).unwrap()
    }

    /// A gradus that dies the first time that it is given these files, and does its work
    /// when it is given them again.
    pub(crate) fn dying_gradus(&self) -> PathBuf {
        use std::os::unix::fs::PermissionsExt as _;

        let script = format!(
            "#!/bin/sh\nif [ -f names ]; then\n  mark={deaths}/$(sed 's,.*/,,' names | cksum | tr ' ' -)\n  \
             if mkdir \"$mark\" 2>/dev/null; then kill -9 $$; fi\nfi\nexec {gradus} \"$@\"\n",
            deaths = self.folder.join("deaths").display(),
            gradus = assert_cmd::cargo::cargo_bin("gradus").display(),
        );
        let path = self.folder.join("dying-gradus");
        fs::write(&path, script).unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).unwrap();
        path
    }

    /// How often it died.
    pub(crate) fn deaths(&self) -> usize {
        fs::read_dir(self.folder.join("deaths")).unwrap().count()
    }
}

"""A Spark session as our engine needs it: the door to PySpark, which is an extra."""

from __future__ import annotations

import os
import re
import sys
from typing import TYPE_CHECKING, Any, Final, TypeAlias

from pipeline import fsops
from pipeline.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

#: What the package gives us has no types here: the checks run without it.
Session: TypeAlias = Any
Frame: TypeAlias = Any

#: Our exchange is to be done as we say, and rows are large.
_CONF: Final = {
    "spark.sql.adaptive.enabled": "false",
    "spark.sql.execution.arrow.maxRecordsPerBatch": "4",
    "spark.ui.enabled": "false",
    "spark.ui.showConsoleProgress": "false",
}
_LOG: Final = """\
rootLogger.level = error
rootLogger.appenderRef.stderr.ref = stderr
appender.stderr.type = Console
appender.stderr.name = stderr
appender.stderr.target = SYSTEM_ERR
appender.stderr.layout.type = PatternLayout
appender.stderr.layout.pattern = spark: %c{1}: %m%n
"""
_LEAST: Final = (4, 1)  # version of PySpark that has `repartitionById`
_TRIES: Final = 4  # of a task; Spark on one machine gives up at the first failure, unless told


def session(master: str | None, conf: Mapping[str, str], folder: Path) -> Session:
    """Return a Spark session of a master; None is that of `spark-submit`, or this machine.

    `folder` is for the work files of this process, and of a master that is this machine.

    Raises:
        UsageError: PySpark or Java is not there, or too old, or the session cannot be had.
    """
    try:
        import pyspark
        from pyspark.sql import SparkSession
    except ImportError as error:
        raise UsageError("needs PySpark 4.1 or later; install clean-corpus[spark]") from error
    if tuple(int(part) for part in pyspark.__version__.split(".")[:2]) < _LEAST:
        raise UsageError(f"needs PySpark 4.1 or later, not {pyspark.__version__}")
    os.environ.setdefault("PYSPARK_PYTHON", sys.executable)
    wanted = dict(_CONF)
    if "PYSPARK_GATEWAY_PORT" not in os.environ:  # else spark-submit has begun it, and says where it is
        master, more = _begun(master or "local[*]", folder)
        wanted |= more
    builder = SparkSession.builder.appName("clean-corpus").config(map={**wanted, **conf})
    try:
        return (builder.master(master) if master else builder).getOrCreate()
    except Exception as error:  # of Java, of the network, of the package: no class has them all
        why = str(error).strip().splitlines() or [type(error).__name__]
        raise UsageError(
            f"no Spark session at {master or 'the given master'}: {why[0]}; is Java 17 there?"
        ) from error


def _begun(master: str, folder: Path) -> tuple[str, dict[str, str]]:
    """Return the master, and the settings of a session that this process begins."""
    log = folder / "log4j2.properties"
    fsops.write_atomic(log, _LOG.encode())
    java = f"-Dlog4j2.configurationFile={log.absolute().as_uri()}"
    wanted: dict[str, str] = {}
    if local := re.fullmatch(r"local(?:\[(\d+|\*)(?:,(\d+))?\])?", master):
        here = "127.0.0.1"
        master = f"local[{local[1] or 1},{local[2] or _TRIES}]"
        wanted |= {"spark.driver.host": here, "spark.driver.bindAddress": here}
        wanted["spark.local.dir"] = os.fspath(folder.absolute())
        java += (
            " -XX:TieredStopAtLevel=1 -XX:+UseSerialGC"  # Java only moves bytes here: half the processor time
        )
    return master, {"spark.driver.extraJavaOptions": java, **wanted}

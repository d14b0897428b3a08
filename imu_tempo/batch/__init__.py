"""Thousands of recordings: analysed here, on all cores or on a cluster, into one set of Parquet tables."""

from imu_tempo.batch.dataset import Dataset
from imu_tempo.batch.pool import ProcessPool, WorkerDiedError
from imu_tempo.batch.run import BatchResult, Step, analyze_many

__all__ = ["BatchResult", "Dataset", "ProcessPool", "Step", "WorkerDiedError", "analyze_many"]

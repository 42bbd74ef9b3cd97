"""Large instances whose workloads lie in parts, each on a worker of a cluster.

No machine holds all workloads. A worker loads its part, and sends home its atoms: sums
and means of workloads that are nearly alike. The program over buckets of atoms is
solved at home; under its multipliers every worker asks its workloads exactly, so the
bound holds for all of them, and cuts the atoms that lose by it.
"""

"""Large instances: workloads in buckets, refined until the proof is tight.

Workloads that differ only in demand and data rate share their options, and the cost of
an option is affine in the rates. A *bucket* is a set of such workloads placed as one,
at its demand-weighted mean rates: placing it pro rata is feasible for the members, so
the program over buckets gives an upper bound. With its multipliers the Lagrangian is
evaluated exactly over all workloads: a lower bound. Buckets are cut where their members
want different hubs, until the two meet.
"""

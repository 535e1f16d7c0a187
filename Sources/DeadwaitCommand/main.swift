import Deadwait

print(Snapshot.schema)

"""Give a process the name of the host that it plays: Python imports this before all else."""

import os
import socket

socket.gethostname = lambda: os.environ["HOST_NAME"]

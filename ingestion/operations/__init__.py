"""How the pipeline is doing: recorded runs, alerts, retention and status.

runs        each execution of a stage, and what became of it
retries     whether a stage that failed may be tried again
hints       what a person can do about an error
alerts      messages about stages that fail or work again
retention   old runs, sessions and metadata are deleted
machine     room on this machine, quota left, consents, and what runs next
quality     what each build says of its data, kept by day
status      the figures of the status page, of health and of metrics
"""

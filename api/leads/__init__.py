"""The support lead's dashboard at ``/leads``: pages rendered on the server, each figure with its table and its rows."""

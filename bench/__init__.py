"""What Amrikyy costs beside LangGraph: `python -m bench` measures it and writes one table."""

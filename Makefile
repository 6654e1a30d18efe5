protocol: ## Write the page's types from the Python structs
	.venv/bin/python scripts/generate_protocol.py

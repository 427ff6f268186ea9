import { createRoot } from 'react-dom/client';
// Before the editor loads: it tells Vite which workers there are.
import 'graphiql/setup-workers/vite';
import 'graphiql/style.css';
import './page.css';
import { GraphqlPage } from './GraphqlPage.tsx';

const page = document.querySelector('#page');
if (page === null) throw new Error('index.html has no #page');
createRoot(page).render(<GraphqlPage />);
